/**
 * A workload on a driver that takes no advice: what it would give to the kernel is left idle, and taking it back is no
 * more than using it again, which brings back what was evicted meanwhile. That is measured before each frame and drain.
 */
import type { BufferName, Operation, OperationOutcome, Program, Workload } from './operation.js'

/** What the driver would answer if it took advice and purged nothing. */
const RETAINED: OperationOutcome = { result: 'retained' }

export class LeftIdle implements Workload {
  readonly #workload: Workload
  /** Buffers that exist in the actor's own file: residency is told of a file, through one of its buffers. */
  readonly #own = new Set<BufferName>()

  constructor(workload: Workload) {
    this.#workload = workload
  }

  frame(): Program {
    return this.#withoutAdvice(this.#workload.frame())
  }

  drain(): Program {
    return this.#withoutAdvice(this.#workload.drain())
  }

  finish(): Program {
    return this.#withoutAdvice(this.#workload.finish())
  }

  *#withoutAdvice(program: Program): Program {
    const [first] = this.#own
    if (first !== undefined) yield { op: 'residency', buffer: first }
    let step = program.next()
    while (!step.done) {
      const operation = step.value
      const outcome = operation.op === 'madvise' ? RETAINED : yield operation
      this.#note(operation, outcome)
      step = program.next(outcome)
    }
  }

  #note(operation: Operation, { result }: OperationOutcome): void {
    if (operation.op === 'create' && operation.file === undefined && result === 'ok')
      this.#own.add(operation.buffer)
    if (operation.op === 'close') this.#own.delete(operation.buffer)
  }
}
