/** Requests to a task that answers each with one message, in order, however late. */
import type { Task, TaskExit } from './task.js'

export class Conversation<Request, Reply> {
  readonly #task: Task
  readonly #waiting: ((reply: Reply | undefined) => void)[] = []
  #exit: TaskExit | undefined

  /** Listens to the task's messages. `onExit` is called before those who wait get their undefined. */
  constructor(task: Task, onExit: (exit: TaskExit) => void = () => undefined) {
    this.#task = task
    task.onMessage((message) => this.#waiting.shift()?.(message as Reply))
    void task.exited.then((exit) => {
      this.#exit = exit
      onExit(exit)
      for (const answer of this.#waiting.splice(0)) answer(undefined)
    })
  }

  /** How it ended; undefined while it is there. */
  get exit(): TaskExit | undefined {
    return this.#exit
  }

  /** The next reply, of which no request was the cause: a task that says that it is ready. Undefined when it ends. */
  reply(): Promise<Reply | undefined> {
    if (this.#exit !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Undefined when the task has ended, or ends before it answers. */
  ask(request: Request): Promise<Reply | undefined> {
    if (this.#exit !== undefined) return Promise.resolve(undefined)
    this.#task.post(request)
    return this.reply()
  }
}
