/** A hog as its keeper sees it. It is the OOM killer's first choice wherever it is. */
import type { Board } from '../board/board.js'
import { Conversation } from '../board/conversation.js'
import type { Task } from '../board/task.js'
import type { Cgroup } from './cgroup/cgroup.js'
import { START_DEADLINE_MS } from './deadline.js'
import { untilHang, type HangScene } from './hang.js'
import { hogRole, type HogCommand, type HogPlan, type HogReply } from './hog-role.js'

/** oom_score_adj that makes a process the first victim: Documentation/filesystems/proc.rst, section 3.1. */
const FIRST_VICTIM = '1000'

/** Where it is started, and who is told when it hangs. */
export interface HogScene extends HangScene {
  readonly board: Board
  readonly signal: AbortSignal
}

export class Hog {
  readonly #scene: HogScene
  readonly #task: Task
  readonly #conversation: Conversation<HogCommand, HogReply>
  readonly #ready: Promise<HogReply | undefined>
  #heldBytes = 0
  #ending = false
  #killed = false

  /**
   * Starts a hog inside a cgroup (or where the harness is, when there is none) and waits until it is ready, or the run is
   * over. Throws KernelFileError when it cannot be put there; then it has been ended.
   */
  static async start(
    scene: HogScene,
    cgroup: Cgroup | undefined,
    { memory = 'anonymous', ...plan }: Partial<HogPlan> = {},
  ): Promise<Hog> {
    const { board, signal } = scene
    const hog = new Hog(scene, board.start('hog', hogRole, { memory, ...plan }))
    try {
      await board.files.write(`/proc/${hog.#task.pid}/oom_score_adj`, FIRST_VICTIM)
      await cgroup?.addProcess(hog.#task.pid)
      await untilHang(scene, { ...hog.#who('start'), deadlineMs: START_DEADLINE_MS, signal }, hog.#ready)
    } catch (error) {
      await hog.end()
      throw error
    }
    return hog
  }

  private constructor(scene: HogScene, task: Task) {
    this.#scene = scene
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

  /** Ends it and waits until its memory is back. False when it hangs in the kernel, and stays. */
  async end(): Promise<boolean> {
    this.#ending = true
    this.#task.kill()
    return (await untilHang(this.#scene, this.#who('end'), this.#task.exited)) !== 'late'
  }

  #who(what: 'start' | 'end'): { readonly what: string; readonly pid: number } {
    return { what: `the ${what} of the hog`, pid: this.#task.pid }
  }

  async #command(command: HogCommand): Promise<HogReply | undefined> {
    const reply = await this.#conversation.ask(command)
    if (reply !== undefined) this.#heldBytes = reply.heldBytes
    return reply
  }
}
