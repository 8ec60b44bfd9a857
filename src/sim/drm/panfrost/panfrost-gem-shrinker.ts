/** Purges what was advised DONTNEED, longest ago first: panfrost_gem_shrinker.c (6.12). Not memcg-aware. */
import { COST_NS } from '../../costs.js'
import { LinkedList } from '../../lib/linked-list.js'
import { PAGE_SIZE } from '../../mm/page.js'
import { SHRINK_STOP, type ShrinkControl } from '../../mm/shrinker.js'
import { Lock } from '../../sched/lock.js'
import { TAKEN, type Path } from '../../sched/path.js'
import { SteppedShrinker } from '../../sched/stepped-shrinker.js'
import type { PanfrostDevice } from './panfrost-device.js'
import type { PanfrostGemObject } from './panfrost-gem.js'

export class PanfrostGemShrinker extends SteppedShrinker {
  readonly name = 'drm-panfrost'
  readonly memcgAware = false
  readonly lock = new Lock('mutex', 'shrinker_lock')
  /** pfdev->shrinker_list: first in, first out by the last DONTNEED. */
  readonly list = new LinkedList<PanfrostGemObject>()
  /** Buffers purged since the machine started. */
  purgedObjects = 0
  readonly #device: PanfrostDevice
  readonly #printRatelimited: (text: string) => void

  constructor(device: PanfrostDevice) {
    super()
    this.#device = device
    this.#printRatelimited = device.kernel.log.ratelimited()
  }

  /** Pages of all purgeable buffers, busy ones included. */
  *count(): Path<number> {
    const where = 'panfrost_gem_shrinker_count'
    if ((yield this.lock.trylock(where)) !== TAKEN) return 0
    let pages = 0
    for (const bo of this.list) if (bo.isPurgeable) pages += bo.sizePages
    yield this.lock.unlock(where)
    return pages
  }

  /** Purges whole buffers until at least nrToScan pages are freed, so it overshoots by up to one buffer. */
  *scan(control: ShrinkControl): Path<number> {
    const where = 'panfrost_gem_shrinker_scan'
    if ((yield this.lock.trylock(where)) !== TAKEN) return SHRINK_STOP
    let freed = 0
    for (const bo of this.list) {
      if (freed >= control.nrToScan) break
      bo.use(where)
      if (bo.isPurgeable && (yield* this.#purge(bo))) {
        freed += bo.sizePages
        this.list.remove(bo.madvNode)
      }
    }
    yield this.lock.unlock(where)
    if (freed > 0) this.#printRatelimited(`Purging ${freed * PAGE_SIZE} bytes`)
    return freed
  }

  /** panfrost_gem_purge(). */
  *#purge(bo: PanfrostGemObject): Path<boolean> {
    const where = 'panfrost_gem_purge'
    const waits = this.#device.kernel.bugs.has('madvise-shrinker-abba')
    if (bo.gpuUsecount > 0) return false
    const { mappingsLock, resvLock } = bo
    if ((yield waits ? mappingsLock.lock(where) : mappingsLock.trylock(where)) !== TAKEN) return false
    const isReserved = (yield waits ? resvLock.lock(where) : resvLock.trylock(where)) === TAKEN
    if (isReserved) {
      yield* bo.teardownMappings()
      bo.purge()
      this.purgedObjects++
      this.#device.kernel.spend(COST_NS.purgeObject)
      yield resvLock.unlock(where)
    }
    yield mappingsLock.unlock(where)
    return isReserved
  }
}
