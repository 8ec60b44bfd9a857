/**
 * A device whose buffers TTM manages: struct ttm_device, ttm_device_swapout(), ttm_device.c; ttm_tt_populate(),
 * ttm_tt.c; ttm_bo_swapout_cb(), ttm_bo.c; drivers/gpu/drm/ttm (6.12).
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { Kernel } from '../../kernel.js'
import { PageContents } from '../../mm/page-contents.js'
import { Lock } from '../../sched/lock.js'
import type { Path } from '../../sched/path.js'
import { TtmBo } from './ttm-bo.js'
import type { TtmGlobal } from './ttm-global.js'
import { lruWalkForEvict } from './ttm-lru-walk.js'
import { TtmPool, type TtmPoolOptions } from './ttm-pool.js'
import { TTM_PL_SYSTEM, TtmDevice, TtmResource, TtmResourceManager } from './ttm-resource.js'
import type { TtmTt } from './ttm-tt.js'

/** struct ttm_device_funcs: what the driver does its own way. */
export interface TtmDeviceFuncs {
  readonly populate?: (tt: TtmTt) => NegativeErrno | 0
  readonly unpopulate?: (tt: TtmTt) => void
  /** Whether there is any use in evicting or swapping out. TTM's own answer is yes. */
  readonly evictionValuable?: (bo: TtmBo) => boolean
  /** It is about to be swapped out. */
  readonly swapNotify?: (bo: TtmBo) => void
}

export class TtmBdev extends TtmDevice {
  readonly kernel: Kernel
  readonly global: TtmGlobal
  readonly pool: TtmPool
  readonly lruLock = new Lock('spinlock', 'lru_lock')
  readonly #funcs: TtmDeviceFuncs
  /** By memory type; those whose buffers have system pages. */
  readonly #managers = new Map<number, TtmResourceManager>()
  readonly #useTt = new Set<number>([TTM_PL_SYSTEM])

  constructor(global: TtmGlobal, funcs: TtmDeviceFuncs = {}, pool: TtmPoolOptions = {}) {
    super()
    this.global = global
    this.kernel = global.kernel
    this.#funcs = funcs
    this.pool = new TtmPool(this.kernel, global.pools, pool)
    this.#managers.set(TTM_PL_SYSTEM, new TtmResourceManager(this))
    global.addDevice(this)
  }

  /** A kind of memory besides the system's. `useTt`: its buffers are system pages all the same. */
  addManager(memType: number, useTt: boolean): void {
    this.#managers.set(memType, new TtmResourceManager(this, memType))
    if (useTt) this.#useTt.add(memType)
  }

  /** RangeError for a memory type that the device does not have. */
  manager(memType: number): TtmResourceManager {
    const manager = this.#managers.get(memType)
    if (manager === undefined) throw new RangeError(`the device has no memory of type ${memType}`)
    return manager
  }

  allocResource(bo: TtmBo, memType: number): TtmResource {
    return new TtmResource(bo, this.manager(memType))
  }

  /** Buffers in its lists are its own. */
  boOf({ bo }: TtmResource): TtmBo {
    if (!(bo instanceof TtmBo)) throw new Error('a resource of another device')
    return bo
  }

  /**
   * ttm_tt_populate(): counts the pages first, and swaps others out while that is too many and any can go. -ENOMEM, or
   * what the driver says.
   */
  populate(tt: TtmTt): NegativeErrno | 0 {
    if (tt.isPopulated) return 0
    this.#account(tt, tt.sizePages)
    while (this.global.isOverLimit) {
      const swapped = this.global.swapout()
      if (swapped === 0) break
      if (swapped < 0) {
        this.#account(tt, -tt.sizePages)
        return swapped
      }
    }
    const result = this.#funcs.populate?.(tt) ?? this.#allocPages(tt)
    if (result !== 0) {
      this.#account(tt, -tt.sizePages)
      return result
    }
    tt.set('PRIV_POPULATED')
    if (!tt.has('SWAPPED')) return 0
    const swappedIn = tt.swapin(this)
    if (swappedIn !== 0) this.unpopulate(tt)
    return swappedIn
  }

  /** ttm_tt_unpopulate(): what was in the pages is gone, unless the driver or a file keeps it. */
  unpopulate(tt: TtmTt): void {
    if (!tt.isPopulated) return
    if (this.#funcs.unpopulate !== undefined) this.#funcs.unpopulate(tt)
    else {
      this.pool.free(tt.blocks ?? [], tt.caching)
      tt.blocks = null
      tt.contents = new PageContents()
    }
    this.#account(tt, -tt.sizePages)
    tt.clear('PRIV_POPULATED')
  }

  /** ttm_device_swapout(): pages of the first buffer that can go, 0, or a negative errno. */
  *swapout(): Path<number> {
    for (const [memType, manager] of this.#managers) {
      if (!this.#useTt.has(memType)) continue
      const result = yield* lruWalkForEvict(this, manager, 1, (bo) => this.#swapoutBo(bo))
      if (result !== 0) return result
    }
    return 0
  }

  /** ttm_bo_swapout_cb(): pages, or -EBUSY for whatever keeps it where it is. The caller waits for the GPU. */
  *#swapoutBo(bo: TtmBo): Path<number> {
    const { tt } = bo
    if (bo.pinCount > 0 || this.#funcs.evictionValuable?.(bo) === false) return -ERRNO.EBUSY
    if (!tt.isPopulated || tt.has('EXTERNAL') || tt.has('SWAPPED')) return -ERRNO.EBUSY
    bo.place(TTM_PL_SYSTEM)
    const idle = bo.wait(false)
    if (idle !== 0) return idle
    this.#funcs.swapNotify?.(bo)
    const result = tt.swapout(this)
    return result === -ERRNO.ENOMEM ? -ERRNO.EBUSY : result
  }

  #allocPages(tt: TtmTt): NegativeErrno | 0 {
    const blocks = this.pool.alloc(tt.sizePages, tt.caching)
    if (typeof blocks === 'number') return blocks
    tt.blocks = blocks
    return 0
  }

  #account(tt: TtmTt, pages: number): void {
    if (tt.has('EXTERNAL')) return
    this.global.pagesAllocated += pages
    if (this.pool.useDma32) this.global.dma32PagesAllocated += pages
  }
}
