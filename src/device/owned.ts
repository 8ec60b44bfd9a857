/**
 * Ownership: one thing of the kernel's that is given back exactly once.
 *
 * The garbage collector is a safety net: what was lost without close() is given back by a finalizer, with one
 * warning for the process. A program that relies on it is wrong, as the kernel's memory does not press on V8's heap.
 */
import { ClosedError } from './errors.js'

export abstract class Closable {
  #closed = false

  /** In words, for errors. */
  protected abstract get what(): string
  /** Gives it back; called once. */
  protected abstract release(): void

  get closed(): boolean {
    return this.#closed
  }

  /** Gives it back. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Throws a ClosedError when it was given back already. */
  assertOpen(request: string): void {
    if (this.#closed) throw new ClosedError(this.what, request)
  }

  toString(): string {
    return this.what
  }
}

/** What stays of an Owned when it is lost. Must not refer to it. */
interface Held {
  readonly what: string
  readonly release: () => void
}

const registry = new FinalizationRegistry<Held>(({ what, release }) => giveBackLost(what, release))

export abstract class Owned extends Closable {
  readonly #held: Held

  /** `release` may not refer to this object, or the safety net could never catch it. */
  protected constructor(what: string, release: () => void) {
    super()
    this.#held = { what, release }
    registry.register(this, this.#held, this)
  }

  protected override get what(): string {
    return this.#held.what
  }

  protected override release(): void {
    registry.unregister(this)
    this.#held.release()
  }
}

let warned = false

/** By a finalizer: what was lost is given back, with a warning for the first one of the process. */
export function giveBackLost(what: string, release: () => void): void {
  try {
    release()
  } catch {
    // Its simulated process was killed, and gave back all that it had. Nobody could catch the error here.
    return
  }
  if (warned) return
  warned = true
  process.emitWarning(
    `${what} was collected without close(); further ones are not reported`,
    'GemrigLeakWarning',
  )
}
