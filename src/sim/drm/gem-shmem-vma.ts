/** A CPU mapping of a GEM object: drm_gem_shmem_fault(), _vm_close(), drm_gem_shmem_helper.c (6.12). */
import { COST_NS } from '../costs.js'
import { RangeSet } from '../lib/range-set.js'
import type { PageContents } from '../mm/page-contents.js'
import { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import type { GemShmemObject } from './gem-shmem.js'

export class GemShmemVma extends Vma {
  readonly #object: GemShmemObject
  readonly #entries = new RangeSet()

  /** The caller has taken the mapping's use of the pages already. */
  constructor(object: GemShmemObject, task: SimTask, lengthBytes: number) {
    super(task, lengthBytes)
    this.#object = object
    object.get()
    object.vmas.add(this)
  }

  get contents(): PageContents | null {
    return this.#object.pages?.contents ?? null
  }

  touch(start: number, end: number): number {
    if (this.#object.madv >= 0) {
      if (this.#entries.endOfRunAt(start) < end) {
        this.#object.device.kernel.spend((end - start) * COST_NS.pageFault)
        this.#entries.add(start, end)
      }
      return end - start
    }
    // A fault is SIGBUS now, but a page that has its entry still does not fault.
    return Math.min(this.#entries.endOfRunAt(start), end) - start
  }

  /** drm_vma_node_unmap(): every page must fault again. */
  zap(): void {
    this.#entries.clear()
  }

  protected close(): void {
    this.#object.vmas.delete(this)
    this.#object.putPages()
    this.#object.put()
  }
}
