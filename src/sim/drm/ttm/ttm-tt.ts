/**
 * The system pages of a TTM buffer, and the file that they are swapped out to: struct ttm_tt, ttm_tt_swapout(),
 * ttm_tt_swapin(), drivers/gpu/drm/ttm/ttm_tt.c (6.12).
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PageContents } from '../../mm/page-contents.js'
import { ShmemFile } from '../../mm/shmem.js'
import type { TtmBdev } from './ttm-device.js'
import type { TtmBlocks } from './ttm-pool.js'
import type { TtmCaching } from './ttm-pool-type.js'

/** TTM_TT_FLAG_*. */
export const TTM_TT_FLAG = {
  /** The content is in a file: TTM's own, or, with EXTERNAL, the driver's. */
  SWAPPED: 1,
  /** TTM neither counts the pages nor swaps them out. */
  EXTERNAL: 4,
  /** EXTERNAL, and processes may map it. */
  EXTERNAL_MAPPABLE: 8,
  PRIV_POPULATED: 32,
} as const

export class TtmTt {
  readonly sizePages: number
  readonly caching: TtmCaching
  pageFlags: number
  /** Where its pages are TTM's own. */
  blocks: TtmBlocks | null = null
  /** What is in the pages. */
  contents = new PageContents()
  /** "ttm swap", with what was in the pages. */
  swapStorage: { readonly file: ShmemFile; readonly contents: PageContents } | null = null

  constructor(sizePages: number, caching: TtmCaching, pageFlags = 0) {
    this.sizePages = sizePages
    this.caching = caching
    this.pageFlags = pageFlags
  }

  get isPopulated(): boolean {
    return this.has('PRIV_POPULATED')
  }

  has(flag: keyof typeof TTM_TT_FLAG): boolean {
    return (this.pageFlags & TTM_TT_FLAG[flag]) !== 0
  }

  set(flag: keyof typeof TTM_TT_FLAG): void {
    this.pageFlags |= TTM_TT_FLAG[flag]
  }

  clear(flag: keyof typeof TTM_TT_FLAG): void {
    this.pageFlags &= ~TTM_TT_FLAG[flag]
  }

  /** ttm_tt_swapout(): copies the pages to a file and gives them back. Pages; -ENOMEM, and nothing is changed. */
  swapout(bdev: TtmBdev): number {
    const { kernel } = bdev
    const file = new ShmemFile(kernel)
    kernel.shmemFiles.add(file)
    const pages = file.getPages(this.sizePages)
    if (pages === null) {
      dropFile(bdev, file)
      return -ERRNO.ENOMEM
    }
    file.putPages(pages)
    const { contents } = this
    bdev.unpopulate(this)
    this.swapStorage = { file, contents }
    this.set('SWAPPED')
    return this.sizePages
  }

  /** ttm_tt_swapin(): -ENOMEM when the file's pages cannot be read in; they stay there. */
  swapin(bdev: TtmBdev): NegativeErrno | 0 {
    const { swapStorage } = this
    if (swapStorage === null) throw new Error('a buffer that was swapped out has no file')
    const pages = swapStorage.file.getPages(this.sizePages)
    if (pages === null) return -ERRNO.ENOMEM
    swapStorage.file.putPages(pages)
    this.contents = swapStorage.contents
    this.swapStorage = null
    dropFile(bdev, swapStorage.file)
    this.clear('SWAPPED')
    return 0
  }

  /** ttm_tt_fini(). The pages are given back already. */
  fini(bdev: TtmBdev): void {
    if (this.swapStorage !== null) dropFile(bdev, this.swapStorage.file)
    this.swapStorage = null
  }
}

/** fput() of a file that nobody else has. */
function dropFile({ kernel }: TtmBdev, file: ShmemFile): void {
  file.truncate()
  kernel.shmemFiles.delete(file)
}
