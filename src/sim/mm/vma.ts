/** A mapping of a process: struct vm_area_struct, mm/mmap.c (6.12). What is mapped makes the subclass. */
import type { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import type { PageContents } from './page-contents.js'
import { pagesOf } from './page.js'

export abstract class Vma {
  readonly task: SimTask
  readonly lengthBytes: number
  readonly pages: number
  #mapped = true
  #file: SimFile | null = null

  constructor(task: SimTask, lengthBytes: number) {
    this.task = task
    this.lengthBytes = lengthBytes
    this.pages = pagesOf(lengthBytes)
    task.vmas.add(this)
  }

  get isMapped(): boolean {
    return this.#mapped
  }

  /** munmap(2) of the whole mapping, or the end of its process. */
  unmap(): void {
    if (!this.forget()) return
    this.close()
    this.putFile()
  }

  /** vm_file: the mapping keeps the file open when its descriptor is closed. Only the first one counts. */
  holdFile(file: SimFile): void {
    if (this.#file !== null) return
    this.#file = file
    file.get()
  }

  /** The last thing of munmap(2). */
  protected putFile(): void {
    const file = this.#file
    this.#file = null
    file?.put()
  }

  /** The process has it no more. False: it had not. */
  protected forget(): boolean {
    if (!this.#mapped) return false
    this.#mapped = false
    this.task.vmas.delete(this)
    return true
  }

  /** Pages of it that the OOM killer counts as the process's own. */
  get rssPages(): number {
    return 0
  }

  /** Swap slots that count as the process's own. */
  get swapPages(): number {
    return 0
  }

  /** Which page of `contents` page 0 of the mapping is. */
  get firstPage(): number {
    return 0
  }

  /**
   * Touches pages [start, end), faulting in what has no page table entry. How many of them, from `start` on, can be
   * accessed now: fewer than asked when the next one raises SIGBUS, or when the process is being killed.
   */
  abstract touch(start: number, end: number, write: boolean): number

  /**
   * dup_mmap(): `child` has the same `lengthBytes` from its start on, with what its page tables hold (vm_ops->open).
   * Undefined for a kind of mapping whose inheritance is not simulated.
   */
  fork(_child: SimTask, _lengthBytes = this.lengthBytes): Vma | undefined {
    return undefined
  }

  /** What a touched page shows; null when nothing can be touched at all. */
  abstract readonly contents: PageContents | null

  /** vm_ops->close: gives back what the mapping held. */
  protected abstract close(): void
}
