/** What the command's exit codes mean. Never above 130: `git bisect run` gives up on those. */
import type { Verdict } from '../events/stress-event.js'

export const EXIT = {
  pass: 0,
  fail: 1,
  wrongUse: 2,
  boardNotPrepared: 3,
  inconclusive: 125,
  interrupted: 130,
} as const

export function exitCodeOf(verdict: Verdict): number {
  return EXIT[verdict]
}
