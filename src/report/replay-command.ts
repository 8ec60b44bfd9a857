/** The command that does a run again. */
import type { RunBegin } from '../events/stress-event.js'
import { DEFAULT_PLAN } from '../stress/plan.js'

export function replayCommand({ plan, board, description }: RunBegin): string {
  const scenario = plan.scenario === DEFAULT_PLAN.scenario ? [] : [plan.scenario]
  const words = ['gemrig', 'stress', ...scenario, '--seed', plan.seed, '--duration', `${plan.durationMs}ms`]
  words.push('--actors', plan.actors, '--buffers', plan.buffers)
  if (plan.pressure.join() !== DEFAULT_PLAN.pressure.join()) words.push('--pressure', ...plan.pressure)
  if (plan.hog !== undefined) words.push('--hog', plan.hog)
  const virtual = /^virtual board (\S+)/.exec(description)?.[1]
  if (board === 'virtual') return `gemrig vm --board ${virtual ?? 'rk3399'} -- ${words.join(' ')}`
  return `${words.join(' ')} --backend ${board === 'fake' ? fakeWish(description) : 'native'}`
}

/** What makes the simulated machine that is described so. */
function fakeWish(description: string): string {
  const release = /simulated Linux ([\d.]+(?:\+\w+)?)/.exec(description)?.[1]
  const swap = /(\d+) MiB of swap/.exec(description)?.[1]
  const bug = /bug=[a-z-]+/.exec(description)?.[0]
  const parts = [gpuPart(description) ?? release, swap && `swap=${swap}M`, bug]
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 ? 'fake' : `fake:${known.join(',')}`
}

function gpuPart(description: string): string | undefined {
  if (description.includes('Mali-G610')) return 'rk3588'
  return description.includes('Intel') ? 'i915' : undefined
}
