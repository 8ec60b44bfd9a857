/** TTM's files: /sys/kernel/debug/ttm and the parameters of its module, drivers/gpu/drm/ttm (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import { parseInteger } from '../../lib/memparse.js'
import { cgroupFile, type PseudoFile } from '../../fs/pseudo-file.js'
import { pagePoolShrinkText, pagePoolText } from './ttm-pool-debugfs.js'
import type { TtmGlobal } from './ttm-global.js'

const DEBUGFS = '/sys/kernel/debug/ttm'
const PARAMETERS = '/sys/module/ttm/parameters'

/** Reading page_pool_shrink or tt_shrink does what the name says. */
export function ttmFiles(global: TtmGlobal): [string, PseudoFile][] {
  const { kernel, pools } = global
  return [
    [`${DEBUGFS}/page_pool`, cgroupFile(() => pagePoolText(pools))],
    [`${DEBUGFS}/page_pool_shrink`, cgroupFile(() => pagePoolShrinkText(kernel, pools))],
    [`${DEBUGFS}/tt_shrink`, cgroupFile(() => `${global.swapout()}\n`)],
    [`${DEBUGFS}/buffer_objects`, cgroupFile(() => `${global.bufferObjects}\n`)],
    [
      `${PARAMETERS}/page_pool_size`,
      parameter(
        () => pools.pageLimit,
        (pages) => (pools.pageLimit = pages),
      ),
    ],
    [
      `${PARAMETERS}/pages_limit`,
      parameter(
        () => global.pagesLimit,
        (pages) => (global.pagesLimit = pages),
      ),
    ],
    [
      `${PARAMETERS}/dma32_pages_limit`,
      parameter(
        () => global.dma32PagesLimit,
        (pages) => (global.dma32PagesLimit = pages),
      ),
    ],
  ]
}

/** module_param(..., ulong, 0644). */
function parameter(get: () => number, set: (value: number) => void): PseudoFile {
  return {
    read: () => `${get()}\n`,
    write: (text) => {
      const value = parseInteger(text)
      if (value === null || value < 0) return -ERRNO.EINVAL
      set(value)
      return 0
    },
  }
}
