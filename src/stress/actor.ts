/** An actor as the harness sees it. */
import type { Board } from '../board/board.js'
import type { Task, TaskExit } from '../board/task.js'
import type { OperationEvent, OperationUnfinished } from '../events/stress-event.js'
import { START_DEADLINE_MS } from '../pressure/deadline.js'
import { actorRole, type ActorArguments, type ActorCommand, type ActorMessage } from './actor-role.js'
import { readOperationLog } from './operation-log.js'

type ToldOperation = OperationEvent | OperationUnfinished
export type OperationListener = (events: readonly ToldOperation[]) => void

export class Actor {
  readonly task: Task
  readonly index: number
  /** Set before the harness ends it. */
  expectedToEnd = false
  readonly #waiting: ((alive: boolean) => void)[] = []
  readonly #ready: Promise<boolean>
  readonly #board: Board
  #exit: TaskExit | undefined
  /** When it was last heard of, or told to do something. */
  #signUs: number
  #isGivenUp = false
  /** Number of the first operation that has not been told. */
  #untold = 0

  constructor(board: Board, args: ActorArguments, onOperations: OperationListener) {
    this.#board = board
    this.#signUs = board.clock.nowUs()
    this.index = args.actor
    this.task = board.start(`actor ${args.actor}`, actorRole, args)
    this.#ready = this.#answer()
    this.task.onMessage((received) => {
      const message = received as ActorMessage
      this.#signUs = board.clock.nowUs()
      if (message.type === 'operations') this.#tell(message.events, onOperations)
      else this.#waiting.shift()?.(true)
    })
    void this.task.exited.then((exit) => {
      this.#exit = exit
      for (const resolve of this.#waiting.splice(0)) resolve(false)
    })
  }

  /** The operation that it has begun and not ended. */
  get doing(): OperationUnfinished | undefined {
    const last = readOperationLog(this.task.readLog()).at(-1)
    return last?.type === 'operation-unfinished' ? last : undefined
  }

  /** Tells what it did since its last report, and what it was at: when it hangs or is gone. */
  tellRest(onOperations: OperationListener): void {
    this.#tell(readOperationLog(this.task.readLog()), onOperations)
  }

  get exit(): TaskExit | undefined {
    return this.#exit
  }

  /** It hangs, and nobody waits for it any more. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** For how long it has given no sign, although it has something to do; 0 when it has not. */
  silentMs(nowUs: number): number {
    return this.#waiting.length === 0 || this.#isGivenUp ? 0 : (nowUs - this.#signUs) / 1000
  }

  /** Its silence until now is accounted for. */
  excuse(nowUs: number): void {
    this.#signUs = nowUs
  }

  giveUp(): void {
    this.#isGivenUp = true
    for (const resolve of this.#waiting.splice(0)) resolve(false)
  }

  /** Resolves with true when it has opened its device; with false when it ended instead. */
  async ready(board: Board): Promise<boolean> {
    const late = new AbortController()
    const timeout = board.clock.sleep(START_DEADLINE_MS, late.signal).then(() => false)
    const answer = await Promise.race([this.#ready, timeout])
    late.abort()
    return answer
  }

  /** Tells it what to do next, and resolves when what it did before ("work") or what was asked ("drain") is done. */
  command(command: ActorCommand): Promise<boolean> {
    if (this.#exit !== undefined || this.#isGivenUp) return Promise.resolve(false)
    if (this.#waiting.length === 0) this.#signUs = this.#board.clock.nowUs()
    const answer = this.#answer()
    this.task.post(command)
    return answer
  }

  /** Each once, whether it came by a report or was read from its log. */
  #tell(events: readonly ToldOperation[], onOperations: OperationListener): void {
    const news = events.filter(({ n }) => n >= this.#untold)
    this.#untold = (news.at(-1)?.n ?? this.#untold - 1) + 1
    if (news.length > 0) onOperations(news)
  }

  #answer(): Promise<boolean> {
    if (this.#exit !== undefined) return Promise.resolve(false)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
