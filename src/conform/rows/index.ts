/** All rows of the suite, in the order in which they run. */
import type { Row } from '../row.js'
import { DMA_HEAP_ROWS } from './dma-heap.js'
import { DRM_ROWS } from './drm.js'
import { MEMORY_ROWS } from './memory.js'
import { MMAP_ROWS } from './mmap.js'
import { PANFROST_ROWS } from './panfrost.js'
import { PURGE_ROWS } from './purge.js'

export const ROWS: readonly Row[] = [
  ...MEMORY_ROWS,
  ...DRM_ROWS,
  ...PANFROST_ROWS,
  ...MMAP_ROWS,
  ...PURGE_ROWS,
  ...DMA_HEAP_ROWS,
]
