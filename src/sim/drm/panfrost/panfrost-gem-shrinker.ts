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
  /** Pages on the list that can be purged, busy ones included; kept up by the buffers. */
  purgeablePages = 0
  readonly #device: PanfrostDevice
  readonly #listMayBeBroken: boolean
  readonly #printRatelimited: (text: string) => void

  constructor(device: PanfrostDevice) {
    super()
    this.#device = device
    this.#listMayBeBroken = device.kernel.bugs.has('double-dontneed')
    this.#printRatelimited = device.kernel.log.ratelimited()
  }

  /** Pages of all purgeable buffers, busy ones included. */
  *count(): Path<number> {
    const where = 'panfrost_gem_shrinker_count'
    if ((this.lock.tryTake(where) ?? (yield this.lock)) !== TAKEN) return 0
    const pages = this.#listMayBeBroken ? this.#walk() : this.purgeablePages
    if (this.lock.give(where)) yield this.lock
    return pages
  }

  #walk(): number {
    let pages = 0
    for (const bo of this.list) if (bo.isPurgeable) pages += bo.sizePages
    return pages
  }

  /** panfrost_ioctl_madvise(), with the lock held: last in line. */
  moveToTail(bo: PanfrostGemObject): void {
    if (this.#listMayBeBroken) this.list.addTail(bo)
    else this.list.moveToTail(bo)
    bo.countInShrinker()
  }

  remove(bo: PanfrostGemObject): void {
    if (!bo.isMadvListed) return
    this.list.remove(bo)
    bo.countInShrinker()
  }

  /** Throws when the count is not that of the list. */
  checkCount(): void {
    const pages = this.#walk()
    if (pages !== this.purgeablePages) {
      throw new Error(`the shrinker counts ${this.purgeablePages} pages, and its list has ${pages}`)
    }
  }

  /** Purges whole buffers until at least nrToScan pages are freed, so it overshoots by up to one buffer. */
  *scan(control: ShrinkControl): Path<number> {
    const where = 'panfrost_gem_shrinker_scan'
    if ((this.lock.tryTake(where) ?? (yield this.lock)) !== TAKEN) return SHRINK_STOP
    let freed = 0
    for (const bo of this.list) {
      if (freed >= control.nrToScan) break
      bo.use(where)
      if (bo.isPurgeable && (yield* this.#purge(bo))) {
        freed += bo.sizePages
        this.remove(bo)
      }
    }
    if (this.lock.give(where)) yield this.lock
    if (freed > 0) this.#printRatelimited(`Purging ${freed * PAGE_SIZE} bytes`)
    return freed
  }

  /** panfrost_gem_purge(). */
  *#purge(bo: PanfrostGemObject): Path<boolean> {
    const where = 'panfrost_gem_purge'
    const waits = this.#device.kernel.bugs.has('madvise-shrinker-abba')
    if (bo.gpuUsecount > 0) return false
    const hasMappings = waits
      ? yield bo.mappingsLock.lock(where)
      : (bo.tryTakeMappings(where) ?? (yield bo.mappingsLock))
    if (hasMappings !== TAKEN) return false
    const hasResv = waits ? yield bo.resvLock.lock(where) : (bo.tryTakeResv(where) ?? (yield bo.resvLock))
    const isReserved = hasResv === TAKEN
    if (isReserved) {
      yield* bo.teardownMappings()
      bo.purge()
      this.purgedObjects++
      this.#device.kernel.spend(COST_NS.purgeObject)
      if (bo.giveResv(where)) yield bo.resvLock
    }
    if (bo.giveMappings(where)) yield bo.mappingsLock
    return isReserved
  }
}
