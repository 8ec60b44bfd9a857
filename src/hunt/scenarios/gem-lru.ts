/** A driver with a GEM LRU, as msm and panthor have: objects are used, freed and scanned at once. */
import { GemLru, GemLruObject, lruMoveTail, lruRemove, lruScan } from '../../sim/drm/gem-lru.js'
import type { Kernel } from '../../sim/kernel.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import { SteppedShrinker } from '../../sim/sched/stepped-shrinker.js'
import type { Scenario } from '../scenario.js'
import { spawnKswapd } from './kswapd.js'

export const gemLru: Scenario = {
  name: 'gem-lru',
  about: 'a driver with a GEM LRU frees objects, uses others, and is scanned by kswapd',
  bugs: ['gem-lru-on-stack'],
  build(kernel, scheduler) {
    const lists: Lists = { idle: new GemLru('the idle LRU'), evicted: new GemLru('the evicted LRU') }
    kernel.steppedShrinkers.push(new LruShrinker(kernel, lists))
    const left = new Set<LruObject>()
    for (const name of ['glmark/1', 'glmark/2'])
      scheduler.spawn(name, () => client(kernel, scheduler, lists, left))
    spawnKswapd(kernel, scheduler, 24)
    return () => {
      for (const object of left) object.put()
      const pages = lists.idle.count + lists.evicted.count
      if (pages !== 0) throw new Error(`${pages} pages are left in the LRUs`)
    }
  },
}

interface Lists {
  readonly idle: GemLru
  readonly evicted: GemLru
}

class LruObject extends GemLruObject {
  protected *freePath(): Path<void> {
    yield* lruRemove(this)
  }
}

class LruShrinker extends SteppedShrinker {
  readonly name = 'drm-lru'
  readonly memcgAware = false
  readonly #kernel: Kernel
  readonly #lists: Lists

  constructor(kernel: Kernel, lists: Lists) {
    super()
    this.#kernel = kernel
    this.#lists = lists
  }

  *count(): Path<number> {
    return this.#lists.idle.count
  }

  *scan(): Path<number> {
    const { idle, evicted } = this.#lists
    return yield* lruScan(this.#kernel.panfrost, idle, 2, function* (object) {
      // Every other object is busy.
      if (object.id % 2 === 0) return false
      yield* lruMoveTail(evicted, object)
      return true
    })
  }
}

function* client(kernel: Kernel, scheduler: Scheduler, { idle }: Lists, left: Set<LruObject>): Path<void> {
  const own: LruObject[] = []
  for (let i = 0; i < 24; i++) {
    const object = own[scheduler.random.below(own.length)]
    if (object === undefined || scheduler.random.chance(2)) {
      const made = new LruObject(kernel.panfrost, 1)
      own.push(made)
      left.add(made)
      yield* scheduler.doing(`creates ${made.label}`, lruMoveTail(idle, made))
    } else if (scheduler.random.chance(2)) {
      yield* scheduler.doing(`uses ${object.label}`, lruMoveTail(idle, object))
    } else {
      own.splice(own.indexOf(object), 1)
      left.delete(object)
      yield* scheduler.doing(`frees ${object.label}`, object.putPath())
    }
  }
}
