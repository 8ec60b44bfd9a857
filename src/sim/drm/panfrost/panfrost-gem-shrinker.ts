/** Purges what was advised DONTNEED, longest ago first: panfrost_gem_shrinker.c (6.12). Not memcg-aware. */
import { COST_NS } from '../../costs.js'
import { LinkedList } from '../../lib/linked-list.js'
import { PAGE_SIZE } from '../../mm/page.js'
import type { ShrinkControl, Shrinker } from '../../mm/shrinker.js'
import type { PanfrostDevice } from './panfrost-device.js'
import type { PanfrostGemObject } from './panfrost-gem.js'

export class PanfrostGemShrinker implements Shrinker {
  readonly name = 'drm-panfrost'
  readonly memcgAware = false
  /** pfdev->shrinker_list: first in, first out by the last DONTNEED. */
  readonly list = new LinkedList<PanfrostGemObject>()
  /** Buffers purged since the machine started. */
  purgedObjects = 0
  readonly #device: PanfrostDevice
  readonly #printRatelimited: (text: string) => void

  constructor(device: PanfrostDevice) {
    this.#device = device
    this.#printRatelimited = device.kernel.log.ratelimited()
  }

  /** Pages of all purgeable buffers, busy ones included. */
  countObjects(): number {
    let pages = 0
    for (const bo of this.list) if (bo.isPurgeable) pages += bo.sizePages
    return pages
  }

  /** Purges whole buffers until at least nrToScan pages are freed, so it overshoots by up to one buffer. */
  scanObjects(control: ShrinkControl): number {
    let freed = 0
    for (const bo of this.list) {
      if (freed >= control.nrToScan) break
      if (bo.isPurgeable && this.#purge(bo)) {
        freed += bo.sizePages
        this.list.remove(bo.madvNode)
      }
    }
    if (freed > 0) this.#printRatelimited(`Purging ${freed * PAGE_SIZE} bytes`)
    return freed
  }

  #purge(bo: PanfrostGemObject): boolean {
    if (bo.gpuUsecount > 0) return false
    bo.teardownMappings()
    bo.purge()
    this.purgedObjects++
    this.#device.kernel.spend(COST_NS.purgeObject)
    return true
  }
}
