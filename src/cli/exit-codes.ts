/** What the command's exit codes mean. Never above 130: `git bisect run` gives up on those. */
import type { Verdict } from '../events/stress-event.js'

export const EXIT = {
  pass: 0,
  fail: 1,
  wrongUse: 2,
  /** Or was lost, or the evidence could not be written. */
  boardNotPrepared: 3,
  inconclusive: 125,
  interrupted: 130,
} as const

export function exitCodeOf(verdict: Verdict): number {
  return EXIT[verdict]
}

/** When the answer could not be printed: what is worse than that stays. */
export function withoutAnswer(code: number): number {
  return code === EXIT.pass || code === EXIT.inconclusive ? EXIT.boardNotPrepared : code
}

/** For `git bisect run`: 0 good, 1 bad, 125 could not be tested; only an interrupt ends the bisection. */
export function bisectCode(code: number): number {
  return code === EXIT.pass || code === EXIT.fail || code === EXIT.interrupted ? code : EXIT.inconclusive
}
