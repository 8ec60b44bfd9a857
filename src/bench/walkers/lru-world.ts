/** A device whose buffers are in one TTM LRU, the clients that own them, and what is counted while they are reclaimed. */
import { TtmLruBulkMove } from '../../sim/drm/ttm/ttm-bulk-move.js'
import {
  type TtmBufferObject,
  TtmDevice,
  TtmResource,
  TtmResourceManager,
} from '../../sim/drm/ttm/ttm-resource.js'
import { createRandom, type Random } from '../../workload/random.js'
import { type Condition, OBJECT_PAGES } from './conditions.js'
import { STEPS } from './costs.js'
import { SpinLock, spend, type Steps } from './scheduler.js'

export const CLIENTS = 4
const TOTAL_PAGES = 1 << 20
const LEAST_OBJECTS = 64
const MOST_OBJECTS = 1024
const OBSTRUCTED_PERCENT = 30
/** Bounded: a walk over busy objects that are moved to the end faster than it passes them would not end. */
const MOST_BULK_MOVES = 500

export class LruObject implements TtmBufferObject {
  readonly client: number
  readonly sizePages: number
  readonly bulkMove: TtmLruBulkMove | null
  readonly priority = 0
  readonly pinCount = 0
  /** Its reservation lock, by whomever it is held. */
  reserved = false
  /** The GPU uses it. */
  busy = false
  resource: TtmResource | null = null
  timesFreed = 0

  constructor(client: number, sizePages: number, bulkMove: TtmLruBulkMove | null) {
    this.client = client
    this.sizePages = sizePages
    this.bulkMove = bulkMove
  }
}

export class LruWorld {
  readonly lruLock = new SpinLock()
  readonly device = new TtmDevice(() => {
    if (!this.lruLock.isHeld && !this.#setup) throw new Error('the LRU was touched without its lock')
  })
  readonly manager = new TtmResourceManager(this.device)
  readonly objects: LruObject[] = []
  readonly tally = { looks: 0, skippedLocked: 0, foundBusy: 0 }
  readonly #byResource = new Map<TtmResource, LruObject>()
  readonly #bulkMove: TtmLruBulkMove | null
  #setup = true
  objectsLeft = 0

  constructor(condition: Condition, seed: number) {
    const random = createRandom(seed)
    this.#bulkMove = condition.bulkMoves ? new TtmLruBulkMove(this.device) : null
    for (const pages of sizesOf(condition, random)) this.#add(random.integer(0, CLIENTS - 1), pages)
    this.#obstruct(condition, random)
    this.#setup = false
  }

  get pagesLeft(): number {
    return this.manager.usagePages
  }

  objectOf(resource: TtmResource): LruObject {
    const object = this.#byResource.get(resource)
    if (object === undefined) throw new Error('a resource of another device')
    return object
  }

  /** With lru_lock held: looks at an object and tries its reservation lock. Costs STEPS.look, which the caller spends. */
  tryReserve(object: LruObject): boolean {
    this.tally.looks++
    if (object.reserved) {
      this.tally.skippedLocked++
      return false
    }
    object.reserved = true
    return true
  }

  /** Frees a reserved object if the GPU is done with it, and gives the reservation back. Pages freed. */
  *process(object: LruObject): Steps<number> {
    yield spend(STEPS.processObject)
    let freed = 0
    if (object.busy) this.tally.foundBusy++
    else if (object.resource !== null) {
      yield spend(object.sizePages * STEPS.freePage)
      yield* this.locked(() => object.resource?.free())
      object.resource = null
      object.timesFreed++
      this.objectsLeft--
      freed = object.sizePages
    }
    object.reserved = false
    return freed
  }

  *locked<T>(work: () => T): Steps<T> {
    yield { op: 'lock', lock: this.lruLock }
    yield spend(STEPS.lock)
    const result = work()
    yield { op: 'unlock', lock: this.lruLock }
    return result
  }

  /** The client that works: its VM becomes the most recently used, again and again. */
  *work(isOver: () => boolean): Steps {
    const bulkMove = this.#bulkMove
    if (bulkMove === null) return
    for (let moves = 0; moves < MOST_BULK_MOVES && !isOver(); moves++) {
      yield { op: 'lock', lock: this.lruLock }
      yield spend(STEPS.bulkMove)
      bulkMove.moveTail()
      yield { op: 'unlock', lock: this.lruLock }
      yield spend(500)
    }
  }

  #add(client: number, sizePages: number): void {
    const object = new LruObject(client, sizePages, client === 0 ? this.#bulkMove : null)
    object.resource = new TtmResource(object, this.manager)
    this.#byResource.set(object.resource, object)
    this.objects.push(object)
    this.objectsLeft++
  }

  #obstruct({ obstacle }: Condition, random: Random): void {
    const oldest = (this.objects.length * OBSTRUCTED_PERCENT) / 100
    const inOrder = [...this.manager.resources()].map((resource) => this.objectOf(resource))
    for (const [age, object] of inOrder.entries()) {
      const chosen = random.integer(1, 100) <= OBSTRUCTED_PERCENT
      if (obstacle.endsWith('-oldest') ? age >= oldest : !chosen) continue
      if (obstacle.startsWith('locked')) object.reserved = true
      if (obstacle.startsWith('busy')) object.busy = true
    }
  }
}

function sizesOf({ objectSize }: Condition, random: Random): number[] {
  if (objectSize !== 'mixed') {
    const pages = OBJECT_PAGES[objectSize]
    const count = Math.min(MOST_OBJECTS, Math.max(LEAST_OBJECTS, TOTAL_PAGES / pages))
    return Array<number>(count).fill(pages)
  }
  const choices = Object.values(OBJECT_PAGES) as [number, ...number[]]
  const sizes: number[] = []
  for (let total = 0; total < TOTAL_PAGES;) {
    const pages = random.pick(choices)
    sizes.push(pages)
    total += pages
  }
  return sizes
}
