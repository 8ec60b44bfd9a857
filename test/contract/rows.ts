/** All rows of the contract. */
import type { Row } from './contract.js'
import { DMA_HEAP_ROWS } from './dma-heap-rows.js'
import { DRM_ROWS } from './drm-rows.js'
import { MEMORY_ROWS } from './memory-rows.js'
import { PANFROST_ROWS } from './panfrost-rows.js'
import { PURGE_ROWS } from './purge-rows.js'

const group = (name: string, rows: readonly Row[]): Row[] =>
  rows.map((row) => ({ ...row, name: `${name}: ${row.name}` }))

export const ROWS: readonly Row[] = [
  ...group('drm', DRM_ROWS),
  ...group('panfrost', PANFROST_ROWS),
  ...group('a purge', PURGE_ROWS),
  ...group('memory', MEMORY_ROWS),
  ...group('dma-heap', DMA_HEAP_ROWS),
]
