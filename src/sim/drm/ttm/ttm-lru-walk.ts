/**
 * A walk over the buffers of a manager that drops the LRU lock for each: ttm_lru_walk_for_evict(),
 * drivers/gpu/drm/ttm/ttm_bo_util.c (6.12), of those that can be locked at once: nobody walks with a ticket here.
 */
import { ERRNO } from '../../../backend/errno.js'
import { TAKEN, type Path } from '../../sched/path.js'
import type { TtmBo } from './ttm-bo.js'
import type { TtmBdev } from './ttm-device.js'
import { TtmResourceCursor } from './ttm-cursor.js'
import type { TtmResourceManager } from './ttm-resource.js'

/**
 * Calls `processBo` with each buffer, reserved, until what it answers adds up to `target`. -EBUSY and -EALREADY count
 * as 0; another negative errno ends the walk and is its answer.
 */
export function* lruWalkForEvict(
  bdev: TtmBdev,
  manager: TtmResourceManager,
  target: number,
  processBo: (bo: TtmBo) => Path<number>,
): Path<number> {
  const where = 'ttm_lru_walk_for_evict'
  const cursor = new TtmResourceCursor(manager)
  let progress = 0
  yield bdev.lruLock.lock(where)
  for (let resource = cursor.first(); resource !== null; resource = cursor.next()) {
    const bo = bdev.boOf(resource)
    const { gem } = bo
    if ((yield gem.resvLock.trylock(where)) !== TAKEN) continue
    if (!gem.getUnlessZero()) {
      yield gem.resvLock.unlock(where)
      continue
    }
    const { memType } = resource
    yield bdev.lruLock.unlock(where)
    let result = 0
    if (bo.resource?.memType === memType) result = yield* processBo(bo)
    yield gem.resvLock.unlock(where)
    yield* gem.putPath()
    if (result === -ERRNO.EBUSY || result === -ERRNO.EALREADY) result = 0
    progress = result < 0 ? result : progress + result
    yield bdev.lruLock.lock(where)
    if (progress < 0 || progress >= target) break
  }
  cursor.fini()
  yield bdev.lruLock.unlock(where)
  return progress
}
