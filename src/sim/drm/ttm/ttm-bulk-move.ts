/**
 * struct ttm_lru_bulk_move: the buffers of one VM stay beside each other in an LRU and move to its end together.
 * drivers/gpu/drm/ttm/ttm_resource.c (6.12). A cursor that stands inside of such a range is put behind it before the
 * range moves: else it would be carried to the end, and would miss all that lay between.
 */
import type { LruNode } from '../../lib/lru-list.js'
import type { TtmResourceCursor } from './ttm-cursor.js'
import { type TtmDevice, type TtmLruItem, TtmResource } from './ttm-resource.js'

/** struct ttm_lru_bulk_move_pos. */
interface Position {
  first: TtmResource
  last: TtmResource
}

export class TtmLruBulkMove {
  readonly #device: TtmDevice
  /** One range for each memory type and priority. */
  readonly #positions = new Map<string, Position>()
  /** Cursors that stand behind a resource of this bulk move. */
  readonly cursors = new Set<TtmResourceCursor>()

  constructor(device: TtmDevice) {
    this.#device = device
  }

  /** ttm_lru_bulk_move_tail(): all ranges to the ends of their lists, in the order they have. */
  moveTail(): void {
    this.#device.lockdepAssertHeld()
    for (const cursor of [...this.cursors]) {
      const last = this.#positions.get(`${cursor.memType} ${cursor.priority}`)?.last
      if (last !== undefined) last.lru.list?.moveToFront(cursor.hitch, last.lru)
      cursor.clearBulk()
    }
    for (const { first, last } of this.#positions.values()) {
      const range: LruNode<TtmLruItem>[] = []
      for (let node: LruNode<TtmLruItem> | null = first.lru; node !== null; node = node.next) {
        range.push(node)
        if (node === last.lru) break
      }
      for (const node of range) node.list?.moveToTail(node)
    }
  }

  /** ttm_lru_bulk_move_add(). */
  add(resource: TtmResource): void {
    const position = this.#positions.get(keyOf(resource))
    if (position === undefined) this.#positions.set(keyOf(resource), { first: resource, last: resource })
    else this.#toTail(position, resource)
  }

  /** ttm_lru_bulk_move_del(): one from the middle is moved behind the range. */
  remove(resource: TtmResource): void {
    const position = this.#positions.get(keyOf(resource))
    if (position === undefined) throw new Error('a resource left a bulk move that it is not in')
    const { first, last } = position
    if (first === resource && last === resource) this.#positions.delete(keyOf(resource))
    else if (first === resource) position.first = neighbour(resource, 'next')
    else if (last === resource) position.last = neighbour(resource, 'previous')
    else last.lru.list?.moveToFront(resource.lru, last.lru)
  }

  /** ttm_resource_move_to_lru_tail() of a resource that moves with others: to the end of its range. */
  moveToRangeTail(resource: TtmResource): void {
    const position = this.#positions.get(keyOf(resource))
    if (position !== undefined) this.#toTail(position, resource)
  }

  #toTail(position: Position, resource: TtmResource): void {
    const { first, last } = position
    if (last === resource) return
    if (first === resource) position.first = neighbour(resource, 'next')
    last.lru.list?.moveToFront(resource.lru, last.lru)
    position.last = resource
  }
}

function keyOf({ memType, bo }: TtmResource): string {
  return `${memType} ${bo.priority}`
}

/** ttm_lru_next_res(), ttm_lru_prev_res(): hitches are passed over. */
function neighbour(resource: TtmResource, way: 'next' | 'previous'): TtmResource {
  for (let node = resource.lru[way]; node !== null; node = node[way])
    if (node.owner instanceof TtmResource) return node.owner
  throw new Error('a bulk move ends outside of its list')
}
