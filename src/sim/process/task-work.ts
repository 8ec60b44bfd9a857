/**
 * What a task in the kernel puts off until it goes back to user space: task_work_add() and task_work_run(),
 * kernel/task_work.c (6.12). Here it is the last fput() of a file, as in fs/file_table.c.
 */
type Work = () => void

export class TaskWork {
  /** Null: no task is in the kernel. */
  #works: Work[] | null = null

  /** Without a task `work` is done at once: a kernel thread's has one of its own, delayed_fput_work. */
  add(work: Work): void {
    if (this.#works === null) work()
    else this.#works.push(work)
  }

  /** Runs `inKernel` and then what it put off, the last first; what that puts off in turn comes after all of it. */
  runAfter<T>(inKernel: () => T): T {
    const outer = this.#works
    let works: Work[] = []
    this.#works = works
    try {
      const result = inKernel()
      while (works.length > 0) {
        this.#works = []
        for (let index = works.length - 1; index >= 0; index--) works[index]?.()
        works = this.#works
      }
      return result
    } finally {
      this.#works = outer
    }
  }
}
