/**
 * A doubly linked list whose entries can be taken out in constant time, with the checks of CONFIG_DEBUG_LIST: struct
 * list_head, include/linux/list.h, lib/list_debug.c (6.12).
 *
 * As there, an entry does not know its list: adding it twice breaks both neighbourhoods, and is noticed only where the
 * links of neighbours disagree.
 */
import { KernelViolation } from '../sched/violation.js'

/** The place of an owner in at most one list; one that is in no list is linked to itself. Can be the owner itself. */
export interface Linked<T> {
  readonly owner: T
  /** Only the list changes them. */
  previous: Linked<T>
  next: Linked<T>
}

export class ListNode<T> implements Linked<T> {
  readonly owner: T
  /** @internal */ previous: Linked<T> = this
  /** @internal */ next: Linked<T> = this

  constructor(owner: T) {
    this.owner = owner
  }

  get isListed(): boolean {
    return this.next !== this
  }
}

export class LinkedList<T> {
  /** The head has no owner, and nobody asks it for one. */
  readonly #head: Linked<T> = new ListNode<T>(undefined as T)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** list_add_tail(). The node must be in no list. */
  addTail(node: Linked<T>): void {
    const next = this.#head
    const { previous } = next
    if (previous.next !== next) corrupt('list_add corruption: prev->next should be next')
    if (node === previous) corrupt('list_add double add')
    next.previous = node
    node.next = next
    node.previous = previous
    previous.next = node
    this.#length++
  }

  /** list_move_tail(): out of any list, then to the end of this one. */
  moveToTail(node: Linked<T>): void {
    this.remove(node)
    this.addTail(node)
  }

  /** list_del_init(): does nothing when the node is in no list. */
  remove(node: Linked<T>): void {
    const { previous, next } = node
    if (next === node) return
    if (previous.next !== node) corrupt('list_del corruption: prev->next should be the entry')
    if (next.previous !== node) corrupt('list_del corruption: next->prev should be the entry')
    previous.next = next
    next.previous = previous
    node.previous = node.next = node
    this.#length--
  }

  /** First to last. The entry that was just handed out may be taken out of the list. */
  *[Symbol.iterator](): Generator<T> {
    let rest = 2 * this.#length + 64
    for (let node = this.#head.next; node !== this.#head;) {
      const { next } = node
      if (rest-- === 0) throw new KernelViolation('hang', 'soft lockup: a walk along a list finds no end')
      yield node.owner
      node = next
    }
  }
}

function corrupt(what: string): never {
  throw new KernelViolation('list-corruption', what)
}
