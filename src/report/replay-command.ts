/** The command that does a run again. */
import type { RunBegin } from '../events/stress-event.js'
import { DEFAULT_PLAN } from '../stress/plan.js'

export function replayCommand({ plan, board, description }: RunBegin): string {
  const words = ['gemrig', 'stress', '--seed', plan.seed, '--duration', `${plan.durationMs}ms`]
  words.push('--actors', plan.actors, '--buffers', plan.buffers)
  if (plan.pressure.join() !== DEFAULT_PLAN.pressure.join()) words.push('--pressure', ...plan.pressure)
  const virtual = /^virtual board (\S+)/.exec(description)?.[1]
  if (board === 'virtual') return `gemrig vm --board ${virtual ?? 'rk3399'} -- ${words.join(' ')}`
  const release = /simulated Linux ([\d.]+)/.exec(description)?.[1]
  const isPc = description.includes('Intel')
  const fake = isPc ? 'fake:i915' : release === undefined ? 'fake' : `fake:${release}`
  return `${words.join(' ')} --backend ${board === 'fake' ? fake : 'native'}`
}
