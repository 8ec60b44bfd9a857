/**
 * Three ways for a driver's shrinker to go over TTM's LRU:
 *
 * - `one-object`: one object a call, from the head each time, nothing remembered. Counts objects, as slab does.
 * - `walk`: a walk with a callback until nr_to_scan pages are freed, anew from the head in each call: the shape of
 *   drm_gem_lru_scan() (drivers/gpu/drm/drm_gem.c) and ttm_lru_walk_for_evict() (ttm_bo_util.c), 6.12. Counts
 *   pages, and leaves nr_scanned alone, as Panfrost's and msm's shrinkers do.
 * - `cursor`: an iterator that keeps its hitch between the calls of a CPU; the driver's loop has a budget in pages that
 *   it looked at, and reports them in nr_scanned, as xe_shrinker_scan() (7.2) does.
 */
import { TtmResourceCursor } from '../../sim/drm/ttm/ttm-cursor.js'
import type { TtmResource } from '../../sim/drm/ttm/ttm-resource.js'
import type { WalkerName } from './conditions.js'
import { STEPS } from './costs.js'
import type { LruObject, LruWorld } from './lru-world.js'
import { spend, type Steps } from './scheduler.js'
import { SHRINK_STOP } from '../../sim/mm/shrinker.js'

export interface ScanControl {
  readonly nrToScan: number
  /** Preset to nrToScan. */
  nrScanned: number
}

/** The shrinker of one device as its driver would write it. */
export interface Walker {
  readonly batch: number
  /** count_objects(), in units of its own. */
  count(): number
  /** scan_objects(): pages freed, or SHRINK_STOP. */
  scan(cpu: number, control: ScanControl): Steps<number>
}

export const createWalker: Readonly<Record<WalkerName, (world: LruWorld) => Walker>> = {
  'one-object': oneObject,
  walk,
  cursor: resumable,
}

function oneObject(world: LruWorld): Walker {
  return {
    batch: 1,
    count: () => world.objectsLeft,
    *scan(_cpu, control) {
      const object = yield* reserveFirst(world)
      if (object === null) return SHRINK_STOP
      control.nrScanned = 1
      return yield* world.process(object)
    },
  }
}

function* reserveFirst(world: LruWorld): Steps<LruObject | null> {
  yield { op: 'lock', lock: world.lruLock }
  let looks = 0
  let found: LruObject | null = null
  for (const resource of world.manager.resources()) {
    looks++
    const object = world.objectOf(resource)
    if (!world.tryReserve(object)) continue
    found = object
    break
  }
  yield spend(STEPS.lock + looks * STEPS.look)
  yield { op: 'unlock', lock: world.lruLock }
  return found
}

function walk(world: LruWorld): Walker {
  return {
    batch: 128,
    count: () => world.pagesLeft,
    *scan(_cpu, control) {
      const cursor = new TtmResourceCursor(world.manager)
      let freed = 0
      while (freed < control.nrToScan) {
        const object = yield* reserveNext(world, cursor)
        if (object === null) break
        freed += yield* world.process(object)
      }
      if (cursor.isStarted) yield* world.locked(() => cursor.fini())
      return freed || SHRINK_STOP
    },
  }
}

/** Goes on behind the cursor, or from the head when it has not begun. null: the end, and the cursor is finished. */
function* reserveNext(world: LruWorld, cursor: TtmResourceCursor): Steps<LruObject | null> {
  yield { op: 'lock', lock: world.lruLock }
  let looks = 0
  let found: LruObject | null = null
  let resource: TtmResource | null = cursor.isStarted ? cursor.next() : cursor.first()
  for (; resource !== null; resource = cursor.next()) {
    looks++
    const object = world.objectOf(resource)
    if (!world.tryReserve(object)) continue
    found = object
    break
  }
  yield spend(STEPS.lock + looks * STEPS.look)
  yield { op: 'unlock', lock: world.lruLock }
  return found
}

function resumable(world: LruWorld): Walker {
  const cursors = new Map<number, TtmResourceCursor>()
  return {
    batch: 128,
    count: () => world.pagesLeft,
    *scan(cpu, control) {
      const cursor = cursors.get(cpu) ?? new TtmResourceCursor(world.manager)
      cursors.set(cpu, cursor)
      let freed = 0
      let scanned = 0
      while (scanned < control.nrToScan) {
        const object = yield* reserveNext(world, cursor)
        if (object === null) break
        scanned += object.sizePages
        freed += yield* world.process(object)
      }
      if (scanned === 0) return SHRINK_STOP
      control.nrScanned = scanned
      return freed
    },
  }
}
