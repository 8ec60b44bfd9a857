/** The command that does a run again, for a shell. */
import type { RunBegin } from '../events/stress-event.js'
import { quoteForShell } from '../quote-for-shell.js'
import { DEFAULT_PLAN } from '../stress/plan.js'

const MIB = 1024 * 1024

export function replayCommand({ plan, board, options, askedFor }: RunBegin): string {
  const { driver, node, swapBytes, allowDisruptive } = options ?? {}
  const stress = [
    ...['gemrig', 'stress', ...(plan.scenario === DEFAULT_PLAN.scenario ? [] : [plan.scenario])],
    ...['--seed', plan.seed, '--duration', `${plan.durationMs}ms`],
    ...['--actors', plan.actors, '--buffers', plan.buffers],
    ...(plan.pressure.join() === DEFAULT_PLAN.pressure.join() ? [] : ['--pressure', ...plan.pressure]),
    ...(plan.hog === undefined ? [] : ['--hog', plan.hog]),
    ...(driver === undefined ? [] : ['--driver', driver]),
    ...(node === undefined ? [] : ['--node', node]),
    ...(swapBytes === undefined ? [] : ['--swap', `${swapBytes / MIB}M`]),
    ...(allowDisruptive === true ? ['--allow-disruptive'] : []),
  ]
  const words =
    board === 'virtual'
      ? ['gemrig', 'vm', ...(askedFor ?? []), '--', ...stress]
      : [...stress, '--backend', ...(askedFor ?? [board === 'fake' ? 'fake' : 'native'])]
  return words.map((word) => quoteForShell(`${word}`)).join(' ')
}
