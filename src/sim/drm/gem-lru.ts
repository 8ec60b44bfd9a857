/**
 * Lists of objects by age, for shrinkers: drm_gem_lru_move_tail(), drm_gem_lru_remove(), drm_gem_lru_scan(),
 * drivers/gpu/drm/drm_gem.c (7.2: one mutex of the device for all lists; 6.12 finds it through the list).
 */
import { LinkedList, ListNode } from '../lib/linked-list.js'
import type { Freeable } from '../sched/lock.js'
import { TAKEN, type Path } from '../sched/path.js'
import { warnOn } from '../sched/violation.js'
import type { DrmDevice } from './drm-device.js'
import { GemObject } from './gem-object.js'

/** A GEM object that can be in such a list, in one at most. */
export interface LruMember extends GemObject {
  lru: GemLru | null
  readonly lruNode: ListNode<LruMember>
}

export class GemLru implements Freeable {
  readonly label: string
  /** Its memory is gone: a list on the stack of a function that has returned. */
  isFreed = false
  /** Pages of its objects. */
  count = 0
  readonly list = new LinkedList<LruMember>()

  constructor(label: string) {
    this.label = label
  }

  use(device: DrmDevice, where: string): void {
    if (this.isFreed) device.kernel.stepper?.use(this, where)
  }
}

/** A GEM object of a driver that keeps such lists. */
export abstract class GemLruObject extends GemObject implements LruMember {
  lru: GemLru | null = null
  readonly lruNode: ListNode<LruMember> = new ListNode<LruMember>(this)
}

function removeLocked(object: LruMember): void {
  const { lru } = object
  if (lru === null) return
  lru.count -= object.sizePages
  warnOn(lru.count < 0, 'drm_gem_lru_remove_locked: lru->count < 0', object)
  lru.list.remove(object.lruNode)
  object.lru = null
}

/** drm_gem_lru_move_tail_locked(). */
export function lruMoveTailLocked(lru: GemLru, object: LruMember): void {
  removeLocked(object)
  lru.count += object.sizePages
  lru.list.addTail(object.lruNode)
  object.lru = lru
}

/** drm_gem_lru_remove(). */
export function* lruRemove(object: LruMember): Path<void> {
  const where = 'drm_gem_lru_remove'
  const { device, lru } = object
  const { gemLruMutex } = device
  const throughList = device.kernel.bugs.has('gem-lru-on-stack')
  if (throughList && lru === null) return
  if (throughList) lru?.use(device, `mutex_lock(lru->lock) in ${where}`)
  yield gemLruMutex.lock(where)
  removeLocked(object)
  // The lock is found once more to give it back: through a list that may be on the stack of another function.
  if (throughList) lru?.use(device, `mutex_unlock(lru->lock) in ${where}`)
  yield gemLruMutex.unlock(where)
}

/** drm_gem_lru_move_tail(). */
export function* lruMoveTail(lru: GemLru, object: LruMember): Path<void> {
  const where = 'drm_gem_lru_move_tail'
  const { gemLruMutex } = object.device
  yield gemLruMutex.lock(where)
  lruMoveTailLocked(lru, object)
  yield gemLruMutex.unlock(where)
}

/**
 * drm_gem_lru_scan(): pages freed. What `shrink` frees it must have moved to another list. Pages that it could not get
 * at, or that it left where they were, are added to `remaining`.
 */
export function* lruScan(
  device: DrmDevice,
  lru: GemLru,
  nrToScan: number,
  shrink: (object: LruMember) => Path<boolean>,
  remaining: { pages: number } = { pages: 0 },
): Path<number> {
  const where = 'drm_gem_lru_scan'
  const { gemLruMutex, kernel } = device
  const stillInLru = new GemLru('still_in_lru, a list on the stack of drm_gem_lru_scan,')
  let freed = 0
  yield gemLruMutex.lock(where)
  while (freed < nrToScan) {
    const [object] = lru.list
    if (object === undefined) break
    lruMoveTailLocked(stillInLru, object)
    // Being freed: who frees it waits for this lock.
    if (!object.getUnlessZero()) continue
    yield gemLruMutex.unlock(where)
    if ((yield object.resvLock.trylock(where)) === TAKEN) {
      if (yield* shrink(object)) {
        freed += object.sizePages
        warnOn(
          object.lru === stillInLru || object.lru === lru,
          'drm_gem_lru_scan: shrunk, and still listed',
          object,
        )
      } else if (object.lru === stillInLru) remaining.pages += object.sizePages
      yield object.resvLock.unlock(where)
    } else remaining.pages += object.sizePages
    yield* object.putPath()
    yield gemLruMutex.lock(where)
  }
  for (const object of stillInLru.list) lruMoveTailLocked(lru, object)
  yield gemLruMutex.unlock(where)
  kernel.stepper?.freed(stillInLru)
  stillInLru.isFreed = true
  return freed
}
