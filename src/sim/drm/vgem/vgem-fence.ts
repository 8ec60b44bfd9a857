/** Fences that user space signals, for at most ten seconds: drivers/gpu/drm/vgem/vgem_fence.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { Outcome } from '../../../backend/outcome.js'
import { VGEM_FENCE_WRITE } from '../../../backend/vgem-calls.js'
import { DmaFence, isSignaled } from '../../dma-buf/dma-fence.js'
import { IdAllocator } from '../../lib/id-allocator.js'
import { DrmFile } from '../drm-file.js'

/** VGEM_FENCE_TIMEOUT. */
const EXPIRES_NS = 10_000_000_000

export class VgemFile extends DrmFile {
  readonly #ids = new IdAllocator(1, 0x7fff_ffff)
  readonly #fences = new Map<number, DmaFence>()

  /** vgem_fence_attach_ioctl(). EINVAL; ENOENT; EBUSY when a fence excludes it. */
  attach(handle: number, flags: number): Outcome<{ readonly fence: number }> {
    if ((flags & ~VGEM_FENCE_WRITE) !== 0) return -ERRNO.EINVAL
    const object = this.lookup(handle)
    if (object === undefined) return -ERRNO.ENOENT
    const { kernel } = this.device
    const nowNs = kernel.taskNowNs()
    const usage = flags === VGEM_FENCE_WRITE ? 'write' : 'read'
    if (!object.resv.isIdle(usage, nowNs)) return -ERRNO.EBUSY
    const names = { driver: 'vgem', timeline: 'unbound' }
    const fence = new DmaFence(names, kernel.nextFenceContext++, 1, nowNs + EXPIRES_NS)
    const id = this.#ids.allocate()
    if (id === undefined) return -ERRNO.ENOSPC
    object.resv.add(fence, usage, nowNs)
    this.#fences.set(id, fence)
    return { fence: id }
  }

  /**
   * vgem_fence_signal_ioctl(). EINVAL flags; ENOENT unknown, or signalled before (the id stays taken until the file is
   * closed); ETIMEDOUT when it has expired, which signals it without an error.
   */
  signal(id: number): number {
    const fence = this.#fences.get(id)
    if (fence === undefined) return -ERRNO.ENOENT
    this.#fences.delete(id)
    const nowNs = this.device.kernel.taskNowNs()
    if (isSignaled(fence, nowNs)) return -ERRNO.ETIMEDOUT
    fence.setSignal(nowNs)
    return 0
  }

  /** vgem_fence_close(): all that are left are signalled. */
  protected override release(): void {
    const nowNs = this.device.kernel.taskNowNs()
    for (const fence of this.#fences.values()) if (!isSignaled(fence, nowNs)) fence.setSignal(nowNs)
    this.#fences.clear()
    super.release()
  }
}
