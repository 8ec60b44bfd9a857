/** A CPU mapping of an object: vm_fault_cpu(), i915_gem_mman.c; vm_fault_ttm(), i915_gem_ttm.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import { I915_MADV_WILLNEED } from '../../../backend/i915-calls.js'
import { COST_NS } from '../../costs.js'
import type { PageContents } from '../../mm/page-contents.js'
import { Vma } from '../../mm/vma.js'
import type { SimTask } from '../../process/task-struct.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import { KernelViolation } from '../../sched/violation.js'
import type { I915GemObject } from './i915-gem-object.js'

/**
 * A fault without memory is tried again and again, and never calls the OOM killer itself. Meanwhile others want a page on
 * a real machine, and one of them does; here nobody runs until the access is over, so it is called for them after a while.
 */
const FAULTS_UNTIL_OOM = 1000
const MOST_FAULTS = 2 * FAULTS_UNTIL_OOM
const FAULT_RETRY_NS = 1_000_000

export class I915Vma extends Vma {
  readonly #object: I915GemObject
  /** The page table has all of it: a fault maps the whole range. */
  #mapped = false

  constructor(object: I915GemObject, task: SimTask, lengthBytes: number) {
    super(task, lengthBytes)
    this.#object = object
    object.get()
    object.vmas.add(this)
  }

  get contents(): PageContents | null {
    return this.#object.contents
  }

  touch(start: number, end: number): number {
    const { kernel } = this.#object.device
    for (let faults = 0; !this.#mapped; faults++) {
      if (kernel.currentIsDying()) return 0
      const result = runToCompletion(this.#faultPath())
      if (result === 0) break
      // VM_FAULT_OOM leaks out of the fault handler, and the access is made again; all else is SIGBUS.
      if (result !== -ERRNO.ENOMEM) return 0
      if (faults === MOST_FAULTS)
        throw new KernelViolation('hang', `${this.#object.label}: no memory for a fault, for ever`)
      if (faults === FAULTS_UNTIL_OOM) kernel.oom.outOfMemory(null)
      kernel.stall(FAULT_RETRY_NS)
    }
    return end - start
  }

  /** The object's pages are gone: every access faults again. */
  zap(): void {
    this.#mapped = false
  }

  protected close(): void {
    this.#object.vmas.delete(this)
    this.#object.put()
  }

  *#faultPath(): Path<number> {
    const where = 'vm_fault_cpu'
    const object = this.#object
    yield object.resvLock.lock(where)
    object.device.kernel.spend(COST_NS.pageFault)
    const refused = object.faultNeedsWillneed && object.madv !== I915_MADV_WILLNEED
    const result = refused ? -ERRNO.EFAULT : object.pinPagesLocked()
    if (result === 0) {
      this.#mapped = true
      object.unpinPages()
    }
    yield object.resvLock.unlock(where)
    return result
  }
}
