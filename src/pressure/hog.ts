/** A hog as its keeper sees it. It is the OOM killer's first choice wherever it is. */
import type { Board } from '../board/board.js'
import { Conversation } from '../board/conversation.js'
import type { Task } from '../board/task.js'
import type { Cgroup } from './cgroup/cgroup.js'
import type { HogMemory } from './hog-memory.js'
import { hogRole, type HogCommand, type HogReply } from './hog-role.js'

/** oom_score_adj that makes a process the first victim: Documentation/filesystems/proc.rst, section 3.1. */
const FIRST_VICTIM = '1000'

export class Hog {
  readonly #task: Task
  readonly #conversation: Conversation<HogCommand, HogReply>
  readonly #ready: Promise<HogReply | undefined>
  #heldBytes = 0
  #ending = false
  #killed = false

  /** Starts a hog inside a cgroup (or where the harness is, when there is none) and waits until it is ready. */
  static async start(
    board: Board,
    cgroup: Cgroup | undefined,
    memory: HogMemory = 'anonymous',
  ): Promise<Hog> {
    const hog = new Hog(board.start('hog', hogRole, memory))
    await board.files.write(`/proc/${hog.#task.pid}/oom_score_adj`, FIRST_VICTIM)
    await cgroup?.addProcess(hog.#task.pid)
    await hog.#ready
    return hog
  }

  private constructor(task: Task) {
    this.#task = task
    this.#conversation = new Conversation(task, (exit) => {
      this.#killed = exit.signal === 'SIGKILL' && !this.#ending
    })
    this.#ready = this.#conversation.reply()
  }

  get heldBytes(): number {
    return this.alive ? this.#heldBytes : 0
  }

  get alive(): boolean {
    return this.#conversation.exit === undefined
  }

  /** Somebody other than us killed it: the OOM killer. */
  get killed(): boolean {
    return this.#killed
  }

  /** Resolves when the memory is taken; false when the kernel refused it or the hog was killed. */
  async grow(bytes: number): Promise<boolean> {
    const reply = await this.#command({ type: 'grow', bytes })
    return reply !== undefined && reply.refused === undefined
  }

  async shrink(bytes: number): Promise<void> {
    await this.#command({ type: 'shrink', bytes })
  }

  /** Ends it and waits until its memory is back. */
  async end(): Promise<void> {
    this.#ending = true
    this.#task.kill()
    await this.#task.exited
  }

  async #command(command: HogCommand): Promise<HogReply | undefined> {
    const reply = await this.#conversation.ask(command)
    if (reply !== undefined) this.#heldBytes = reply.heldBytes
    return reply
  }
}
