/** A CPU mapping of a Panthor buffer: panthor_gem_any_fault(), panthor_gem_vm_close(), panthor_gem.c (7.2). */
import type { NegativeErrno } from '../../../backend/outcome.js'
import { COST_NS } from '../../costs.js'
import { RangeSet } from '../../lib/range-set.js'
import type { PageContents } from '../../mm/page-contents.js'
import { Vma } from '../../mm/vma.js'
import type { SimTask } from '../../process/task-struct.js'
import { runToCompletion, TAKEN, type Path } from '../../sched/path.js'
import type { PanthorGemObject } from './panthor-gem.js'

export class PanthorGemVma extends Vma {
  readonly #object: PanthorGemObject
  readonly #entries = new RangeSet()

  /** The caller has counted the mapping already. */
  constructor(object: PanthorGemObject, task: SimTask, lengthBytes: number) {
    super(task, lengthBytes)
    this.#object = object
    object.get()
    object.vmas.add(this)
  }

  get contents(): PageContents | null {
    return this.#object.pages?.contents ?? null
  }

  get hasEntries(): boolean {
    return this.#entries.size > 0
  }

  touch(start: number, end: number): number {
    if (this.#entries.endOfRunAt(start) >= end) return end - start
    return runToCompletion(this.faultPath(start, end))
  }

  /**
   * How many pages, from `start` on, can be accessed now: all, or none (SIGBUS) when there is no memory. The first
   * failure, with the lock of the address space dropped, is forgotten: the fault is taken once more.
   */
  *faultPath(start: number, end: number): Path<number> {
    const { kernel } = this.#object.device
    for (let attempt = 0; ; attempt++) {
      if (yield* this.#nonblocking(start, end)) return end - start
      const result = yield* this.#blocking(start, end, attempt > 0)
      if (result === 0 && attempt > 0) return end - start
      if ((result !== 0 && attempt > 0) || kernel.currentIsDying()) return 0
    }
  }

  /** nonblocking_page_setup(). */
  *#nonblocking(start: number, end: number): Path<boolean> {
    const where = 'nonblocking_page_setup'
    const { resvLock } = this.#object
    if ((yield resvLock.trylock(where)) !== TAKEN) return false
    const isThere = this.#object.pages !== null
    if (isThere) this.#insert(start, end)
    yield resvLock.unlock(where)
    return isThere
  }

  /** blocking_page_setup(): entries are made only while the lock of the address space is held. */
  *#blocking(start: number, end: number, mmapLockHeld: boolean): Path<NegativeErrno | 0> {
    const where = 'blocking_page_setup'
    const object = this.#object
    yield object.resvLock.lock(where)
    let result = yield* object.getPagesLocked()
    if (result === 0 && object.isWriteCombined) result = yield* object.getSgtLocked()
    if (result === 0) {
      yield* object.updateReclaimState()
      if (mmapLockHeld) this.#insert(start, end)
    }
    yield object.resvLock.unlock(where)
    return result
  }

  #insert(start: number, end: number): void {
    this.#object.device.kernel.spend((end - start) * COST_NS.pageFault)
    this.#entries.add(start, end)
  }

  /** panthor_gem_vm_open(), and copy_page_range(), which copies the entries of page frames (VM_PFNMAP). */
  override fork(child: SimTask, lengthBytes = this.lengthBytes): PanthorGemVma {
    // The mapping that is copied counts: there is one.
    this.#object.mmapCount++
    const copy = new PanthorGemVma(this.#object, child, lengthBytes)
    const held = Math.min(this.#entries.endOfRunAt(0), copy.pages)
    if (held > 0) copy.#entries.add(0, held)
    return copy
  }

  /** drm_vma_node_unmap(): every page must fault again. */
  zap(): void {
    this.#entries.clear()
  }

  protected close(): void {
    runToCompletion(this.#closePath())
  }

  /** munmap(2), as a path. */
  *unmapPath(): Path<void> {
    if (this.forget()) yield* this.#closePath()
  }

  /** panthor_gem_vm_close(). */
  *#closePath(): Path<void> {
    const where = 'panthor_gem_vm_close'
    const object = this.#object
    this.#entries.clear()
    object.vmas.delete(this)
    if (object.mmapCount > 1) object.mmapCount--
    else {
      yield object.resvLock.lock(where)
      object.mmapCount--
      if (object.mmapCount === 0) yield* object.updateReclaimState()
      yield object.resvLock.unlock(where)
    }
    yield* object.putPath()
  }
}
