/** struct ttm_buffer_object: drivers/gpu/drm/ttm/ttm_bo.c (6.12). Its references and reservation are the GEM object's. */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { GemObject } from '../gem-object.js'
import type { TtmLruBulkMove } from './ttm-bulk-move.js'
import type { TtmBdev } from './ttm-device.js'
import { TTM_PL_SYSTEM, type TtmBufferObject, type TtmResource } from './ttm-resource.js'
import type { TtmTt } from './ttm-tt.js'

export class TtmBo implements TtmBufferObject {
  readonly bdev: TtmBdev
  readonly gem: GemObject
  readonly tt: TtmTt
  readonly bulkMove: TtmLruBulkMove | null = null
  priority = 0
  pinCount = 0
  /** Where it is; null: nowhere, it has no pages. */
  resource: TtmResource | null = null

  /** ttm_bo_init_reserved(). */
  constructor(bdev: TtmBdev, gem: GemObject, tt: TtmTt) {
    this.bdev = bdev
    this.gem = gem
    this.tt = tt
    bdev.global.bufferObjects++
  }

  get sizePages(): number {
    return this.gem.sizePages
  }

  /** ttm_bo_validate() for a place in `memType`. */
  place(memType = TTM_PL_SYSTEM): void {
    if (this.resource?.memType === memType) return
    this.resource?.free()
    this.resource = this.bdev.allocResource(this, memType)
  }

  /** ttm_bo_validate() for no place at all, of an idle buffer: ttm_bo_pipeline_gutting(). */
  gut(): void {
    this.bdev.unpopulate(this.tt)
    this.resource?.free()
    this.resource = null
  }

  /** ttm_bo_wait_ctx(): -EBUSY when the GPU is at it and nobody may wait, or when it never ends. */
  wait(noWaitGpu: boolean): NegativeErrno | 0 {
    const idleAtNs = this.gem.resv.idleAtNs('write')
    const nowNs = this.bdev.kernel.taskNowNs()
    if (idleAtNs <= nowNs) return 0
    if (noWaitGpu || idleAtNs === Infinity) return -ERRNO.EBUSY
    this.bdev.kernel.spend(idleAtNs - nowNs)
    return 0
  }

  /** ttm_bo_set_bulk_move() aside: to the end of the list that its priority says. */
  moveToLruTail(): void {
    this.resource?.moveToLruTail()
  }

  /** ttm_bo_release(): its pages and its file are given back. */
  release(): void {
    this.gut()
    this.tt.fini(this.bdev)
    this.bdev.global.bufferObjects--
  }
}
