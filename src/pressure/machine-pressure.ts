/**
 * Pressure source `contained machine pressure`: a hog that pushes the whole machine to its watermarks, from inside a
 * cgroup whose limit keeps it from eating the machine.
 *
 * Below the low watermark kswapd reclaims for the whole machine and calls every shrinker (mm/vmscan.c, balance_pgdat).
 * A closed loop holds free memory there: the hog grows in small steps near the watermark, waits while free memory is
 * below its floor, and lets go when it stays there. When everybody waits for memory, programs are being driven out and read
 * in again, and it lets go of much at once, before this loop itself comes to a stand. Where it does come to one, the hog
 * hears nothing of it any more and lets go by itself.
 */
import type { Clock } from '../board/clock.js'
import { PANFROST_CREATE_BO_NO_PAGES } from '../observe/kernel-messages/panfrost.js'
import { readMemory } from '../observe/meminfo.js'
import { readWatermarks, type Watermarks } from '../observe/watermarks.js'
import { withDeadline } from './deadline.js'
import { Hog } from './hog.js'
import { StallMeter } from './stall-meter.js'
import {
  DISRUPTIVE_REFUSAL,
  type PressureResult,
  type PressureScene,
  type PressureSource,
} from './pressure-source.js'

const MIB = 1024 * 1024
const PAGE_BYTES = 4096
const LEAST_STEP_BYTES = MIB / 8
const FAR_STEP_BYTES = 64 * MIB
const LOOP_PAUSE_MS = 10
/** A hog that grows by one step may stall in direct reclaim; past this the loop goes on without its answer. */
const GROW_DEADLINE_MS = 5000
/** A large or slow machine takes its time to fill. */
const FILL_DEADLINE_MS = 120_000
/** How long free memory may stay below the floor before the hog lets go. */
const FLOOR_PATIENCE_MS = 300
/** Share of time in which everything waits for memory (PSI full), above which the hog lets go, */
const STALL_LIMIT_PERCENT = 25
/** of this share of what it holds, at once, as everybody's programs are being driven out by then, ours too, */
const STALL_SHARE = 1 / 8
/** does not come back before they had so long to read them in again, */
const STALL_PAUSE_MS = 2000
/** and stays below what it held then, by this share of what it let go. */
const CEILING_SHARE = 1 / 4
/** A hog that hears nothing of this loop for so long lets go by itself, */
const LEASH_MS = 2 * STALL_PAUSE_MS
/** so it hears this often. */
const WORD_PERIOD_MS = 250
/** Of the page cache, the hog may drive out this share: */
const CACHE_SHARE = 0.75
/** of what nobody has mapped at once, of the rest a little at a time, while less than this share of time is lost by it. */
const CALM_PERCENT = 3
const ADVANCE_PERIOD_MS = 500
/** Of the memory that a process takes, for the entries of its page tables and what they are rounded up to. */
const PAGE_TABLE_SHARE = 1 / 256
/** What a hog's own heap may still grow by. */
const PROCESS_BYTES = 8 * MIB
/** Less than this to push with cannot reach a watermark. */
const LEAST_HOG_BYTES = 32 * MIB

async function apply(scene: PressureScene, durationMs: number): Promise<PressureResult> {
  const { board, signal } = scene
  const cage = 'run' in scene.cgroups ? await scene.cgroups.run.child('hog') : undefined
  const watermarks = await readWatermarks(board.files)
  const limits = await hogLimits(scene, watermarks)
  await cage?.forbidSwap()
  const hog = await Hog.start(scene, cage, {
    leashMs: LEASH_MS,
    ...(scene.hogMemory && { memory: scene.hogMemory }),
  })
  let hogsKilled = 0
  try {
    // The limit is for what the hog takes: its process and its page tables come on top.
    await cage?.setLimit(
      Math.floor((await cage.usageBytes()) + limits.mostBytes * (1 + PAGE_TABLE_SHARE) + PROCESS_BYTES),
    )
    scene.note('hog', { ...limits, ...watermarks })
    await holdAtWatermark(scene, hog, watermarks, limits, durationMs)
  } finally {
    const isGone = await hog.end()
    // By its end alone it cannot be told whether SIGKILL was the OOM killer's or, a moment later, ours.
    hogsKilled = cage === undefined ? Number(hog.killed) : (await cage.events()).oomKills
    scene.note('hog gone', { hogKilled: hogsKilled > 0, aborted: signal.aborted })
    // A hog that hangs stays in it, and with it the cgroup of the run.
    if (isGone) await cage?.remove()
  }
  return { hogsKilled }
}

/**
 * mostBytes: all that is free and most of the page cache. usualBytes: the same without what is mapped. What the shrinkers
 * give back stays out of reach: whoever allocates that again brings the next reclaim.
 */
async function hogLimits(
  scene: PressureScene,
  watermarks: Watermarks,
): Promise<{ usualBytes: number; mostBytes: number }> {
  const { freeBytes, availableBytes, cachedBytes, shmemBytes, mappedBytes } = await readMemory(
    scene.board.files,
  )
  const pageCacheBytes = Math.max(0, cachedBytes - shmemBytes)
  const unreserved = availableBytes - (scene.limits?.reserveMiB ?? 0) * MIB
  const limit = (cacheBytes: number) => {
    const withCache =
      freeBytes - floorBytes(watermarks) + nearStepBytes(watermarks) + cacheBytes * CACHE_SHARE
    return Math.floor(scene.limits?.reserveMiB === undefined ? withCache : Math.min(withCache, unreserved))
  }
  return {
    usualBytes: limit(Math.max(0, pageCacheBytes - mappedBytes)),
    mostBytes: limit(pageCacheBytes),
  }
}

/**
 * The hog grows only from above this, in steps that end well above the min watermark: below low kswapd is at work, and
 * below min every process would have to reclaim for itself.
 */
function floorBytes({ lowBytes }: Watermarks): number {
  return lowBytes
}

/** A step at the watermark. */
function nearStepBytes({ minBytes, lowBytes }: Watermarks): number {
  return Math.max(LEAST_STEP_BYTES, Math.floor((lowBytes - minBytes) / 4))
}

/** Presses for `durationMs` from when free memory first was at the low watermark, however long it takes to get there. */
async function holdAtWatermark(
  scene: PressureScene,
  hog: Hog,
  watermarks: Watermarks,
  { usualBytes, mostBytes }: { readonly usualBytes: number; readonly mostBytes: number },
  durationMs: number,
): Promise<void> {
  const { clock, files } = scene.board
  const begin = clock.nowUs()
  const floor = floorBytes(watermarks)
  const nearStep = nearStepBytes(watermarks)
  const stalls = new StallMeter(scene.board)
  let end = begin + FILL_DEADLINE_MS * 1000
  let isReached = false
  let belowSinceUs: number | undefined
  let ceilingBytes = mostBytes
  let limitBytes = usualBytes
  let advancedUs = begin
  let toldUs = begin
  while (hog.alive && clock.nowUs() < end && !scene.signal.aborted) {
    const { freeBytes } = await readMemory(files)
    const now = clock.nowUs()
    if (freeBytes >= floor) belowSinceUs = undefined
    else belowSinceUs ??= now
    const mayGrow = freeBytes >= floor && hog.heldBytes + nearStep <= limitBytes
    if (!isReached && (freeBytes < floor + nearStep || !mayGrow)) {
      isReached = true
      end = now + durationMs * 1000
      scene.note('reached', { freeBytes, heldBytes: hog.heldBytes, tookMs: Math.round((now - begin) / 1000) })
    }
    const isStuck = belowSinceUs !== undefined && now - belowSinceUs > FLOOR_PATIENCE_MS * 1000
    const stalledPercent = await stalls.fullPercent()
    if (stalledPercent > (scene.limits?.stallPercent ?? STALL_LIMIT_PERCENT)) {
      const bytes = Math.max(nearStep * 4, Math.floor(hog.heldBytes * STALL_SHARE))
      scene.note('stalled', { stalledPercent: Math.round(stalledPercent), freeBytes, letGoBytes: bytes })
      ceilingBytes = Math.min(ceilingBytes, hog.heldBytes - bytes * CEILING_SHARE)
      limitBytes = Math.min(usualBytes, ceilingBytes)
      await letGo(clock, hog, bytes)
      belowSinceUs = undefined
      await clock.sleep(STALL_PAUSE_MS, scene.signal)
    } else if (isStuck) {
      await letGo(clock, hog, nearStep * 4)
      belowSinceUs = undefined
    } else if (mayGrow) {
      // Half of the way to the watermark at a time, and small steps at it.
      const wish = Math.min(
        Math.max(nearStep, (freeBytes - floor) / 2),
        FAR_STEP_BYTES,
        limitBytes - hog.heldBytes,
      )
      await withDeadline(
        clock,
        GROW_DEADLINE_MS,
        hog.grow(Math.floor(wish / PAGE_BYTES) * PAGE_BYTES),
        scene.signal,
      )
    } else if (freeBytes >= floor) {
      // At its limit: memory that is given back and taken again keeps the allocator at the watermark.
      if (stalledPercent < CALM_PERCENT && now - advancedUs >= ADVANCE_PERIOD_MS * 1000) {
        limitBytes = Math.min(ceilingBytes, limitBytes + nearStep * 4)
        advancedUs = now
      }
      await letGo(clock, hog, nearStep * 4)
    }
    if (now - toldUs >= WORD_PERIOD_MS * 1000) {
      toldUs = now
      // Nothing to let go of: a sign of life.
      await letGo(clock, hog, 0)
    }
    await clock.sleep(LOOP_PAUSE_MS, scene.signal)
  }
}

async function letGo(clock: Clock, hog: Hog, bytes: number): Promise<void> {
  await withDeadline(clock, GROW_DEADLINE_MS, hog.shrink(bytes))
}

async function unavailable(scene: PressureScene): Promise<string | undefined> {
  if (!scene.allowDisruptive) return DISRUPTIVE_REFUSAL
  if ('reason' in scene.cgroups && !scene.board.expendable) {
    return `the hog cannot be contained: ${scene.cgroups.reason}`
  }
  const { mostBytes } = await hogLimits(scene, await readWatermarks(scene.board.files))
  return mostBytes < LEAST_HOG_BYTES
    ? `only ${Math.max(0, Math.floor(mostBytes / MIB))} MiB are free or page cache, and not reserved: too little to push with`
    : undefined
}

export const machinePressure: PressureSource = {
  name: 'machine-pressure',
  title: 'machine pressure',
  danger: 'the machine: its page cache goes, and programs may stall',
  explanation:
    'a caged hog holds the machine at its low watermark: kswapd and direct reclaim run every shrinker',
  expectsOfRefusals: [PANFROST_CREATE_BO_NO_PAGES],
  unavailable,
  apply,
}
