/** What an actor has done and not reported yet, and what it is at: kept in its task's log, so that no end of it loses it. */
import type { TaskLog } from '../board/task.js'
import type { OperationEvent, OperationUnfinished } from '../events/stress-event.js'
import type { OperationOutcome } from '../workload/operation.js'

export type BegunOperation = Omit<OperationUnfinished, 'type'>
type Ended = Pick<OperationEvent, 'durationUs' | 'outcome'>

/** An entry: the operation that begins, with what came of the one before it since the last report. */
interface Entry {
  readonly begun: BegunOperation
  readonly before?: Ended
}

export class OperationLog {
  readonly #log: TaskLog
  #before: Ended | undefined

  constructor(log: TaskLog) {
    this.#log = log
  }

  /** To be called before the operation: it may be the actor's last. */
  begin(begun: BegunOperation): void {
    const before = this.#before
    this.#log.write({ begun, ...(before !== undefined && { before }) } satisfies Entry)
  }

  end(durationUs: number, outcome: OperationOutcome): void {
    this.#before = { durationUs, outcome }
  }

  /** All that has ended is told. */
  reported(): void {
    this.#before = undefined
    this.#log.clear()
  }
}

/** Operations that ended, in order, and the one that did not. */
export function readOperationLog(entries: readonly unknown[]): (OperationEvent | OperationUnfinished)[] {
  return (entries as readonly Entry[]).map(({ begun }, at, all) => {
    const next = all[at + 1]
    return next?.before === undefined
      ? { type: 'operation-unfinished', ...begun }
      : { type: 'operation', ...begun, ...next.before }
  })
}
