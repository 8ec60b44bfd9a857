/** What to run, and whether it is a sensible thing to ask for. */
import type { StressPlan } from '../events/stress-event.js'
import { findPressureSource, USUAL_PRESSURE } from '../pressure/sources.js'
import { LEAST_BUFFERS } from '../workload/bo-cache.js'
import { findScenario } from '../workload/scenarios/index.js'

const SEEDS = 2 ** 32
const MAX_ACTORS = 64
const MAX_BUFFERS = 65536
const MIN_DURATION_MS = 1000
const MIB = 1024 * 1024
const MAX_MIB = 1024 * 1024

export const DEFAULT_PLAN: StressPlan = {
  scenario: 'bo-cache',
  seed: 1,
  durationMs: 15_000,
  actors: 2,
  buffers: 64,
  pressure: USUAL_PRESSURE,
}

/** The plan with its defaults filled in. Throws RangeError for what cannot be run, and says what can. */
export function makePlan(wishes: Partial<StressPlan>): StressPlan {
  const plan = { ...DEFAULT_PLAN, ...wishes }
  findScenario(plan.scenario)
  whole('seed', plan.seed, 0, SEEDS - 1)
  whole('duration in ms', plan.durationMs, MIN_DURATION_MS, 7 * 24 * 3600 * 1000)
  whole('actors', plan.actors, 1, MAX_ACTORS)
  whole('buffers', plan.buffers, LEAST_BUFFERS, MAX_BUFFERS)
  if (plan.pressure.length === 0) throw new RangeError('a run needs at least one pressure source')
  for (const name of plan.pressure) findPressureSource(name)
  const { buffersMiB, reserveMiB, stallPercent } = plan.limits ?? {}
  if (buffersMiB !== undefined) whole('limit of buffers in MiB', buffersMiB, 1, MAX_MIB)
  if (reserveMiB !== undefined) whole('reserve in MiB', reserveMiB, 0, MAX_MIB)
  if (stallPercent !== undefined) whole('stall limit in percent', stallPercent, 1, 100)
  const neededMiB = Math.ceil(workloadBytes(plan) / MIB)
  if (buffersMiB !== undefined && neededMiB > buffersMiB)
    throw new RangeError(
      `${plan.actors} actors with ${plan.buffers} buffers may come to hold ${neededMiB} MiB, and the limit is ${buffersMiB}`,
    )
  return plan
}

/** The seed that is so many after this one; after the last comes 0. */
export function laterSeed(seed: number, steps: number): number {
  return (seed + steps) % SEEDS
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`)
  }
}

/** What the buffers of all actors may come to hold, in bytes. */
export function workloadBytes(plan: StressPlan): number {
  return Math.ceil(plan.actors * findScenario(plan.scenario).mostBytes(plan.buffers))
}

/** What the buffers and the processes may come to hold, in bytes. */
export function plannedBytes(plan: StressPlan, taskBytes: number): number {
  return workloadBytes(plan) + (plan.actors + 1) * taskBytes
}
