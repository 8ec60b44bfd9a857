/** Random programs of calls from a seed: all that a few clients of the driver may do, in any order, mistakes too. */
import { createRandom } from '../workload/random.js'
import type { BoardParts, CallKind } from './call-kind.js'
import type { CallStep } from './call-step.js'
import { CALL_KINDS } from './calls/index.js'

/** What a call finds in the places that it names is whatever earlier ones left there. */
export function randomCalls(seed: number, length: number, parts: BoardParts): CallStep[] {
  const random = createRandom(seed)
  const has = ({ needs }: CallKind) => needs === undefined || parts[needs]
  const drawn = CALL_KINDS.flatMap((kind, index) =>
    has(kind) ? new Array<number>(kind.weight).fill(index) : [],
  )
  return Array.from({ length }, (): CallStep => {
    const kind = drawn[random.integer(0, drawn.length - 1)] ?? 0
    return [kind, ...(CALL_KINDS[kind]?.args ?? []).map((argument) => argument.draw(random))]
  })
}
