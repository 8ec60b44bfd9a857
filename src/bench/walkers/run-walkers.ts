/** The walker experiment: every walker under every condition, with what came of it. */
import { allConditions, type Condition, type WalkerName, WALKERS } from './conditions.js'
import { CLIENTS, LruWorld } from './lru-world.js'
import { pageCache, ReclaimedShrinker, tryToFreePages } from './reclaim.js'
import { EventScheduler, type Scheduler, type Steps } from './scheduler.js'
import { createWalker, type Walker } from './walkers.js'

/** Each CPU reclaims so often, SWAP_CLUSTER_MAX pages each time. */
const RECLAIMS = 4
const ASKED_PAGES = 32

export interface WalkerRun extends Condition {
  readonly walker: WalkerName
  /** By all CPUs. */
  readonly askedPages: number
  /** By the device's shrinker and the other one. */
  readonly freedPages: number
  readonly freedOfDevicePages: number
  /** Reclaims that ended with less than was asked for. */
  readonly failedReclaims: number
  readonly scanCalls: number
  /** From the start to the end of the last CPU. */
  readonly elapsedSteps: number
  readonly lockHoldSteps: number
  readonly lockWaitSteps: number
  /** Entries of the LRU looked at, those skipped as locked, and those reserved in vain as they were busy. */
  readonly looks: number
  readonly skippedLocked: number
  readonly foundBusy: number
  /** Jain's index over the share that each client lost of its pages; 1 is fair. null: nothing was freed. */
  readonly clientFairness: number | null
  /** The same over the two shrinkers. */
  readonly shrinkerFairness: number | null
}

export function runWalkers(seed: number): WalkerRun[] {
  return allConditions().flatMap((condition) => WALKERS.map((walker) => runWalker(walker, condition, seed)))
}

interface Replacements {
  readonly scheduler?: Scheduler
  readonly create?: (world: LruWorld) => Walker
}

/** Deterministic: the same arguments give the same numbers. Throws when an object was freed twice. */
export function runWalker(
  walker: WalkerName,
  condition: Condition,
  seed: number,
  { scheduler = new EventScheduler(), create = createWalker[walker] }: Replacements = {},
): WalkerRun {
  const world = new LruWorld(condition, seed)
  const heldPages = world.pagesLeft
  const device = new ReclaimedShrinker(create(world))
  const other = new ReclaimedShrinker(pageCache(heldPages))
  let running = condition.cpus
  let failedReclaims = 0
  function* reclaim(cpu: number): Steps {
    for (let i = 0; i < RECLAIMS; i++)
      if ((yield* tryToFreePages(cpu, [device, other], ASKED_PAGES)) < ASKED_PAGES) failedReclaims++
    running--
  }
  for (let cpu = 0; cpu < condition.cpus; cpu++) scheduler.spawn(reclaim(cpu), cpu)
  if (condition.bulkMoves) scheduler.spawn(world.work(() => running === 0))
  scheduler.run()
  for (const { timesFreed } of world.objects) if (timesFreed > 1) throw new Error('an object was freed twice')
  const { looks, skippedLocked, foundBusy } = world.tally
  return {
    ...condition,
    walker,
    askedPages: condition.cpus * RECLAIMS * ASKED_PAGES,
    freedPages: device.freedPages + other.freedPages,
    freedOfDevicePages: device.freedPages,
    failedReclaims,
    scanCalls: device.scanCalls,
    elapsedSteps: scheduler.nowSteps,
    lockHoldSteps: world.lruLock.holdSteps,
    lockWaitSteps: world.lruLock.waitSteps,
    looks,
    skippedLocked,
    foundBusy,
    clientFairness: jainIndex(sharesOfClients(world)),
    shrinkerFairness: jainIndex([device.freedPages / heldPages, other.freedPages / heldPages]),
  }
}

function sharesOfClients({ objects }: LruWorld): number[] {
  return Array.from({ length: CLIENTS }, (_, client) => {
    let held = 0
    let lost = 0
    for (const object of objects) {
      if (object.client !== client) continue
      held += object.sizePages
      lost += object.timesFreed * object.sizePages
    }
    return held === 0 ? 0 : lost / held
  })
}

/** Jain, Chiu, Hawe 1984: from 1/n, when one has all, to 1. null when nobody has anything. */
export function jainIndex(values: readonly number[]): number | null {
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  return squares === 0 ? null : (sum * sum) / (values.length * squares)
}
