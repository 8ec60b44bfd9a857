/** All actors of a run. */
import type { Board } from '../board/board.js'
import type { StressPlan } from '../events/stress-event.js'
import type { Cgroup } from '../pressure/cgroup/cgroup.js'
import { withDeadline } from '../pressure/deadline.js'
import { Actor, type OperationListener } from './actor.js'
import { BoardError } from './board-error.js'
import type { Recorder } from './recorder.js'

/** After the end of its buffers an actor closes its device and leaves; it has no reason to stay longer. */
const LEAVE_DEADLINE_MS = 10_000
/** A process that was killed is gone by then, unless the kernel does not let go of it. */
const END_DEADLINE_MS = 10_000

export class Troupe {
  readonly #board: Board
  readonly #recorder: Recorder
  readonly #actors: Actor[] = []

  constructor(board: Board, recorder: Recorder) {
    this.#board = board
    this.#recorder = recorder
  }

  get actors(): readonly Actor[] {
    return this.#actors
  }

  /** Starts them, in a cgroup if there is one, and waits until each has opened the device. */
  async start(
    plan: StressPlan,
    node: string,
    place: { readonly cgroup: Cgroup | undefined; readonly oomScoreAdj: string },
  ): Promise<void> {
    for (let actor = 0; actor < plan.actors; actor++) {
      const { scenario, seed, buffers } = plan
      const { processors } = this.#board
      const args = { actor, scenario, seed, buffers, node, processors }
      const member = new Actor(this.#board, args, this.#record)
      this.#actors.push(member)
      this.#watch(member)
      await place.cgroup?.addProcess(member.task.pid)
      await this.#board.files.write(`/proc/${member.task.pid}/oom_score_adj`, place.oomScoreAdj)
    }
    for (const actor of this.#actors) {
      if (!(await actor.ready(this.#board))) throw this.#lost(actor)
    }
  }

  /** Lets them work until the next call of `drain`. */
  work(): void {
    for (const actor of this.#actors) void actor.command('work')
  }

  /** They take back and check all that they gave to the kernel. */
  async drain(): Promise<void> {
    await this.#all('drain')
  }

  /** They close all their buffers, their device, and leave. */
  async finish(): Promise<void> {
    await this.#all('finish')
    const leaving = this.#actors.filter((actor) => !actor.isGivenUp)
    await this.#within(LEAVE_DEADLINE_MS, Promise.all(leaving.map((actor) => actor.task.exited)))
  }

  /** Ends whoever is still there. One that hangs inside the kernel stays. */
  async end(): Promise<void> {
    for (const actor of this.#actors) {
      actor.expectedToEnd = true
      actor.task.kill()
      await this.#within(END_DEADLINE_MS, actor.task.exited)
    }
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    await withDeadline(this.#board.clock, ms, work)
  }

  async #all(command: 'drain' | 'finish'): Promise<void> {
    const answers = this.#actors.map(async (actor) => ({ actor, answer: await actor.command(command) }))
    for (const { actor, answer } of await Promise.all(answers)) {
      // One that hangs, or that the OOM killer took, is a finding which has been told already, and no reason to stop.
      if (!answer && !actor.isGivenUp && actor.exit?.signal !== 'SIGKILL') throw this.#lost(actor)
    }
  }

  /** What an actor that gives no sign has done since its last one, and what it is at. */
  tellRestOf(actor: Actor): void {
    actor.tellRest(this.#record)
  }

  readonly #record: OperationListener = (events) => {
    for (const event of events) this.#recorder.emit(event)
  }

  #watch(actor: Actor): void {
    void actor.task.exited.then(({ code, signal }) => {
      const expected = actor.expectedToEnd || code === 0
      if (!actor.expectedToEnd) this.tellRestOf(actor)
      this.#recorder.emit({
        type: 'task-exit',
        t: this.#board.clock.nowUs(),
        task: actor.task.name,
        code,
        signal,
        expected,
      })
    })
  }

  #lost(actor: Actor): BoardError {
    const { exit } = actor
    const how =
      exit === undefined ? 'does not answer' : `ended with ${exit.signal ?? `code ${exit.code ?? '?'}`}`
    const said = exit?.stderr.trim().split('\n').slice(-3).join(' | ') ?? ''
    return new BoardError('actor-died', `${actor.task.name} ${how}${said === '' ? '' : `: ${said}`}`)
  }
}
