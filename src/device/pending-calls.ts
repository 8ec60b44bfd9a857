/** Calls under way on one descriptor: they can be aborted, and the descriptor is closed when they have ended. */
import type { PendingCall } from '../backend/blocking-calls.js'
import type { BlockingCalls } from '../backend/blocking-calls.js'

export interface WaitOptions {
  /** 0 or more; without it the wait has no end. */
  readonly timeoutMs?: number
  /** Rejects the promise with the signal's reason, and stops the wait. */
  readonly signal?: AbortSignal
}

const NS_PER_MS = 1_000_000
const NEVER_NS = 2n ** 63n - 1n

/** The absolute time of a timeout. RangeError for a negative one. */
export function deadlineNs(blocking: BlockingCalls, timeoutMs: number | undefined): bigint {
  if (timeoutMs === undefined || timeoutMs === Infinity) return NEVER_NS
  if (!(timeoutMs >= 0)) throw new RangeError(`timeoutMs must be 0 or more, not ${timeoutMs}`)
  const deadline = blocking.nowNs() + BigInt(Math.round(timeoutMs * NS_PER_MS))
  return deadline < NEVER_NS ? deadline : NEVER_NS
}

export class PendingCalls {
  readonly #calls = new Set<PendingCall>()
  #atEnd: (() => void) | undefined

  /**
   * What a call answers. When the signal aborts first: rejects with its reason at once, and hands what the call made all
   * the same (a value of 0 or above) to `discard`.
   */
  async run(
    start: () => PendingCall,
    signal?: AbortSignal,
    discard?: (made: number) => void,
  ): Promise<number> {
    signal?.throwIfAborted()
    const call = start()
    this.#calls.add(call)
    let isAborted = false
    const ended = call.result.then((answer) => {
      this.#calls.delete(call)
      if (isAborted && answer >= 0) discard?.(answer)
      if (this.#calls.size === 0) this.#atEnd?.()
      return answer
    })
    if (signal === undefined) return ended
    return new Promise((resolve, reject) => {
      const abort = () => {
        isAborted = true
        call.cancel()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', abort, { once: true })
      void ended.then((answer) => {
        signal.removeEventListener('abort', abort)
        resolve(answer)
      })
    })
  }

  /** Cancels all, and calls `close` when none is left: at once when there is none. Descriptors are used again. */
  closeAfter(close: () => void): void {
    for (const call of this.#calls) call.cancel()
    if (this.#calls.size === 0) close()
    else this.#atEnd = close
  }
}
