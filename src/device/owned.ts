/**
 * Ownership: one thing of the kernel's that is given back exactly once.
 *
 * The garbage collector is a safety net: what was lost without close() is given back by a finalizer, with one
 * warning for the process. A program that relies on it is wrong, as the kernel's memory does not press on V8's heap.
 */
import { ClosedError } from './errors.js'

/** What an Owned holds of the kernel's, and what stays of it when the Owned is lost. Must not refer to the Owned. */
export abstract class Held {
  closed = false
  abstract readonly what: string
  abstract release(): void
}

class HeldBy extends Held {
  readonly what: string
  readonly #release: () => void

  constructor(what: string, release: () => void) {
    super()
    this.what = what
    this.#release = release
  }

  release(): void {
    this.#release()
  }
}

let warned = false

const registry = new FinalizationRegistry<Held>((held) => {
  try {
    held.release()
  } catch {
    // Its simulated process was killed, and gave back all that it had. Nobody could catch the error here.
    return
  }
  if (warned) return
  warned = true
  process.emitWarning(
    `${held.what} was collected without close(); further ones are not reported`,
    'GemrigLeakWarning',
  )
})

export abstract class Owned {
  readonly #held: Held

  /** Neither `held` nor `release` may refer to this object, or the safety net could never catch it. */
  protected constructor(held: Held)
  protected constructor(what: string, release: () => void)
  protected constructor(what: string | Held, release?: () => void) {
    this.#held = typeof what === 'string' ? new HeldBy(what, release as () => void) : what
    registry.register(this, this.#held, this)
  }

  get closed(): boolean {
    return this.#held.closed
  }

  /** Gives it back. A second call does nothing. */
  close(): void {
    const held = this.#held
    if (held.closed) return
    held.closed = true
    registry.unregister(this)
    held.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Throws a ClosedError when it was given back already. */
  assertOpen(request: string): void {
    if (this.#held.closed) throw new ClosedError(this.#held.what, request)
  }

  toString(): string {
    return this.#held.what
  }
}
