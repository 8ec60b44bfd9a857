/**
 * Ownership: one thing of the kernel's that is given back exactly once.
 *
 * The garbage collector is a safety net: what was lost without close() is given back by a finalizer, with one
 * warning for the process. A program that relies on it is wrong, as the kernel's memory does not press on V8's heap.
 */
import { ClosedError } from './errors.js'

interface Lost {
  readonly what: string
  readonly release: () => void
}

let warned = false

const registry = new FinalizationRegistry<Lost>(({ what, release }) => {
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
})

export abstract class Owned {
  readonly #what: string
  #release: (() => void) | undefined

  /** `release` must not refer to this object, or the safety net could never catch it. */
  protected constructor(what: string, release: () => void) {
    this.#what = what
    this.#release = release
    registry.register(this, { what, release }, this)
  }

  get closed(): boolean {
    return this.#release === undefined
  }

  /** Gives it back. A second call does nothing. */
  close(): void {
    const release = this.#release
    if (release === undefined) return
    this.#release = undefined
    registry.unregister(this)
    release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Throws a ClosedError when it was given back already. */
  assertOpen(request: string): void {
    if (this.closed) throw new ClosedError(this.#what, request)
  }

  toString(): string {
    return this.#what
  }
}
