/** A CPU mapping of a GEM object: drm_gem_shmem_fault(), _vm_close(), drm_gem_shmem_helper.c (6.12). */
import { COST_NS } from '../costs.js'
import { RangeSet } from '../lib/range-set.js'
import type { PageContents } from '../mm/page-contents.js'
import { Vma } from '../mm/vma.js'
import type { SimTask } from '../process/task-struct.js'
import { runToCompletion, type Path } from '../sched/path.js'
import { KernelViolation } from '../sched/violation.js'
import type { GemShmemObject } from './gem-shmem.js'
import { HugeEntries } from './gem-shmem-huge.js'

export class GemShmemVma extends Vma {
  readonly #object: GemShmemObject
  readonly #entries = new RangeSet()
  readonly #isPrivate: boolean
  readonly #huge: HugeEntries | null

  /** The caller has taken the mapping's use of the pages already. */
  constructor(object: GemShmemObject, task: SimTask, lengthBytes: number, isPrivate = false) {
    super(task, lengthBytes)
    this.#object = object
    this.#isPrivate = isPrivate
    this.#huge = object.device.hasHugePages ? new HugeEntries(object.sizePages, this.pages) : null
    object.get()
    object.vmas.add(this)
  }

  get contents(): PageContents | null {
    return this.#object.pages?.contents ?? null
  }

  touch(start: number, end: number, write: boolean): number {
    if (this.#accessibleFrom(start, end, write) === end) return end - start
    return runToCompletion(this.faultPath(start, end, write))
  }

  /** The end of what can be accessed, from `start` on, without a fault. */
  #accessibleFrom(start: number, end: number, write: boolean): number {
    const present = Math.min(this.#entries.endOfRunAt(start), end)
    return write && this.#huge !== null ? this.#huge.firstReadOnly(start, present) : present
  }

  /** drm_gem_shmem_fault() for each page that has no entry: how many pages, from `start` on, can be accessed now. */
  *faultPath(start: number, end: number, write = true): Path<number> {
    const where = 'drm_gem_shmem_fault'
    const { resvLock } = this.#object
    yield resvLock.lock(where)
    // A fault is SIGBUS after a purge, but a page that has its entry still does not fault.
    let touched = this.#accessibleFrom(start, end, write) - start
    if (touched < end - start && (this.#object.hasPagesForFault || (yield* this.#object.faultIn()))) {
      if (this.#isPrivate)
        throw new KernelViolation(
          'kernel-bug',
          'kernel BUG in vmf_insert_pfn_prot: VM_PFNMAP, is_cow_mapping()',
        )
      this.#object.device.kernel.spend((end - start) * COST_NS.pageFault)
      const [first, last] = this.#huge?.around(start, end) ?? [start, end]
      this.#huge?.fill(first, last, write, this.#entries)
      this.#entries.add(first, last)
      touched = end - start
    }
    yield resvLock.unlock(where)
    return touched
  }

  /** Some page does not fault. */
  get isPopulated(): boolean {
    return this.#entries.size > 0
  }

  /** drm_gem_shmem_vm_open(), and copy_page_range(), which copies the entries of page frames (VM_PFNMAP). */
  override fork(child: SimTask, lengthBytes = this.lengthBytes): GemShmemVma {
    // The mapping that is copied uses the pages, so there are some, unless a purge took them.
    if (this.#object.pagesUseCount > 0) this.#object.pagesUseCount++
    const copy = new GemShmemVma(this.#object, child, lengthBytes, this.#isPrivate)
    const held = Math.min(this.#entries.endOfRunAt(0), copy.pages)
    if (held > 0) copy.#entries.add(0, held)
    return copy
  }

  /** drm_vma_node_unmap(): every page must fault again. */
  zap(): void {
    this.#entries.clear()
    this.#huge?.clear()
  }

  protected close(): void {
    runToCompletion(this.#closePath())
  }

  /** munmap(2), as a path. */
  *unmapPath(): Path<void> {
    if (!this.forget()) return
    yield* this.#closePath()
    this.putFile()
  }

  /** drm_gem_shmem_vm_close(). */
  *#closePath(): Path<void> {
    const where = 'drm_gem_shmem_vm_close'
    const object = this.#object
    yield object.resvLock.lock(where)
    object.vmas.delete(this)
    yield* object.putPagesLocked()
    yield object.resvLock.unlock(where)
    yield* object.putPath()
  }
}
