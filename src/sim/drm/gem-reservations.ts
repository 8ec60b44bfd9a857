/** The reservations of several objects at once: drm_gem_lock_reservations(), drivers/gpu/drm/drm_gem.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import { TAKEN, type Path } from '../sched/path.js'
import type { GemObject } from './gem-object.js'

/** All or none. Whoever must back off begins again with the one that it could not have. EALREADY: one is there twice. */
export function* lockReservations(objects: readonly GemObject[]): Path<NegativeErrno | 0> {
  const where = 'drm_gem_lock_reservations'
  let contended: GemObject | null = null
  for (;;) {
    const taken = new Set<GemObject>()
    const order: readonly GemObject[] = contended === null ? objects : beginningWith(contended, objects)
    let result: NegativeErrno | 0 = 0
    contended = null
    for (const object of order) {
      if (taken.has(object)) result = -ERRNO.EALREADY
      else if ((yield object.resvLock.lockWw(where)) === TAKEN) taken.add(object)
      else contended = object
      if (result !== 0 || contended !== null) break
    }
    if (result === 0 && contended === null) return 0
    yield* unlockReservations(taken)
    if (result !== 0) return result
  }
}

/** drm_gem_unlock_reservations(). */
export function* unlockReservations(objects: Iterable<GemObject>): Path<void> {
  for (const object of objects) yield object.resvLock.unlock('drm_gem_unlock_reservations')
}

function beginningWith(first: GemObject, objects: readonly GemObject[]): GemObject[] {
  const at = objects.indexOf(first)
  return [first, ...objects.slice(0, at), ...objects.slice(at + 1)]
}
