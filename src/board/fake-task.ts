/** A role that runs as a process of the simulated kernel, and what its starter holds of it. */
import { createFakeBackend } from '../fake-backend/fake-backend.js'
import { AnonVma } from '../sim/mm/anonymous.js'
import { KernelPanic } from '../sim/printk.js'
import type { ProcessEnd } from '../sim/process/process-table.js'
import { TaskKilled } from '../sim/process/task-killed.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { asJson, FakeChannel } from './fake-channel.js'
import { createFakeClock } from './fake-clock.js'
import type { FakeMachine } from './fake-machine.js'
import { FakeTaskLog } from './fake-task-log.js'
import type { Role, Task, TaskContext, TaskExit } from './task.js'

type ToStarter = { readonly message: unknown } | { readonly exit: TaskExit }

/** Resident memory of a process before its role does anything. */
interface FakeTaskOptions {
  readonly taskMemoryBytes: number
}

export class FakeTask implements Task {
  readonly pid: number
  readonly name: string
  readonly exited: Promise<TaskExit>
  readonly #machine: FakeMachine
  readonly #starter: SimTask
  readonly #task: SimTask
  readonly #toTask: FakeChannel<{ readonly message: unknown }>
  readonly #toStarter: FakeChannel<ToStarter>
  readonly #inbox: unknown[] = []
  readonly #log: FakeTaskLog
  #receiving: ((message: unknown) => void) | null = null
  #listener: ((message: unknown) => void) | null = null
  #unheard: unknown[] = []
  #stderr = ''
  #resolveExited: (exit: TaskExit) => void = () => undefined

  constructor(machine: FakeMachine, starter: SimTask, name: string) {
    this.#machine = machine
    this.#starter = starter
    this.#task = machine.kernel.syscall(starter, 0, () => machine.kernel.tasks.fork(starter, name))
    this.pid = this.#task.pid
    this.#log = new FakeTaskLog(
      () => machine.taskNowNs(this.#task),
      () => machine.taskNowNs(starter),
    )
    this.name = name
    this.exited = new Promise((resolve) => (this.#resolveExited = resolve))
    this.#toTask = new FakeChannel(machine, this.#task, (item) => this.#receive(item.message))
    this.#toStarter = new FakeChannel(machine, starter, (item) => this.#hear(item))
  }

  begin<Arguments>(role: Role<Arguments>, args: Arguments, { taskMemoryBytes }: FakeTaskOptions): void {
    const machine = this.#machine
    const copy = asJson(args) as Arguments
    machine.wake(this.#task, machine.taskNowNs(this.#starter), () => {
      this.#live(role, copy, taskMemoryBytes).then(
        () => this.#finish({ code: 0, signal: null }),
        (error: unknown) => this.#fail(error),
      )
    })
  }

  post(message: unknown): void {
    this.#toTask.send({ message: asJson(message) }, this.#machine.taskNowNs(this.#starter))
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener
    const unheard = this.#unheard
    this.#unheard = []
    if (unheard.length > 0) queueMicrotask(() => unheard.forEach((message) => this.#tell(message)))
  }

  readLog(): readonly unknown[] {
    return this.#log.read()
  }

  kill(): void {
    const { kernel } = this.#machine
    kernel.syscall(this.#starter, 0, () => kernel.tasks.kill(this.#task))
  }

  /** The kernel's word that the process is gone. */
  ended(end: ProcessEnd): void {
    const exit: TaskExit = { ...end, stderr: this.#stderr }
    this.#toStarter.send({ exit }, this.#machine.taskNowNs(this.#task))
  }

  async #live<Arguments>(role: Role<Arguments>, args: Arguments, memoryBytes: number): Promise<void> {
    const { kernel } = this.#machine
    if (memoryBytes > 0) {
      kernel.syscall(this.#task, 0, () => {
        const memory = new AnonVma(kernel, this.#task, memoryBytes)
        memory.touch(0, memory.pages, true)
      })
    }
    await role.run(this.#context(), args)
  }

  #context(): TaskContext {
    const machine = this.#machine
    const task = this.#task
    return {
      pid: this.pid,
      backend: createFakeBackend(machine.kernel, task, (timeNs, resume) =>
        machine.wake(task, timeNs, resume),
      ),
      clock: createFakeClock(machine, task),
      announce: (text) => {
        task.name = text
      },
      log: this.#log,
      post: (message) => {
        if (task.exited) throw new TaskKilled(task.pid)
        this.#toStarter.send({ message: asJson(message) }, machine.taskNowNs(task))
      },
      receive: () => {
        if (task.exited) return Promise.reject(new TaskKilled(task.pid))
        // Taking even a message that is there is a wait, at which the work done so far takes its time.
        return new Promise((resolve) => {
          if (this.#inbox.length === 0) this.#receiving = resolve
          else {
            const message = this.#inbox.shift()
            machine.wake(task, machine.taskNowNs(task), () => resolve(message))
          }
        })
      },
    }
  }

  #receive(message: unknown): void {
    const resolve = this.#receiving
    this.#receiving = null
    if (resolve === null) this.#inbox.push(message)
    else resolve(message)
  }

  #hear(item: ToStarter): void {
    if ('exit' in item) this.#resolveExited(item.exit)
    else this.#tell(item.message)
  }

  #tell(message: unknown): void {
    if (this.#listener === null) {
      this.#unheard.push(message)
      return
    }
    try {
      this.#listener(message)
    } catch (error) {
      this.#machine.fail(error)
    }
  }

  #fail(error: unknown): void {
    if (error instanceof KernelPanic) this.#machine.fail(error)
    if (error instanceof TaskKilled) return
    this.#stderr = String(error)
    this.#finish({ code: 1, signal: null })
  }

  /** The process ends when the work that its role has begun is done. */
  #finish(end: ProcessEnd): void {
    const machine = this.#machine
    machine.wake(this.#task, machine.taskNowNs(this.#task), () => machine.kernel.tasks.exit(this.#task, end))
  }
}
