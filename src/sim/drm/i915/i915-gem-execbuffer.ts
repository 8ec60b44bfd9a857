/** What a batch does to the memory of its buffers: gem/i915_gem_execbuffer.c (6.12). What it computes is not modelled. */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { DmaFence } from '../../dma-buf/dma-fence.js'
import { runToCompletion } from '../../sched/path.js'
import type { I915File } from './i915-device.js'
import { locked, lookup } from './i915-drv.js'
import type { I915GemObject } from './i915-gem-object.js'

/**
 * Binds the buffers and has the GPU write them for as long as its jobs take. ENOENT; EFAULT for one that is not wanted
 * and has no pages; ENOMEM. What was bound before an error stays bound.
 */
export function execbuffer(file: I915File, handles: readonly number[]): NegativeErrno | 0 {
  const { device } = file
  const objects: I915GemObject[] = []
  for (const handle of handles) {
    const object = lookup(file, handle)
    if (object === undefined) return -ERRNO.ENOENT
    objects.push(object)
  }
  const where = 'i915_gem_do_execbuffer'
  for (const object of objects) {
    const bind = () => (object.bindings.size > 0 ? 0 : object.bindLocked())
    const result = runToCompletion(locked(object, where, bind))
    if (result !== 0) return result
  }
  const nowNs = device.kernel.taskNowNs()
  const names = { driver: 'i915', timeline: 'rcs0' }
  const fence = new DmaFence(names, device.fenceContext, ++device.fenceSeqno, nowNs + device.jobNs)
  for (const object of objects) object.resv.add(fence, 'write', nowNs)
  return 0
}
