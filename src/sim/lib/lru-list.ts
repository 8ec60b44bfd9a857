/** A list like LinkedList whose entries know it, so that one can be moved without asking which of a device's lists it is in. */

/** The place of an owner in at most one list. */
export class LruNode<T> {
  readonly owner: T
  /** @internal */ list: LruList<T> | null = null
  /** @internal */ previous: LruNode<T> | null = null
  /** @internal */ next: LruNode<T> | null = null

  constructor(owner: T) {
    this.owner = owner
  }

  get isListed(): boolean {
    return this.list !== null
  }
}

export class LruList<T> {
  #first: LruNode<T> | null = null
  #last: LruNode<T> | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  /** list_move_tail(): out of any list, then to the end of this one. */
  moveToTail(node: LruNode<T>): void {
    node.list?.remove(node)
    node.list = this
    node.previous = this.#last
    if (this.#last === null) this.#first = node
    else this.#last.next = node
    this.#last = node
    this.#length++
  }

  /** list_move(): out of any list, then to the front of this one, or right behind `anchor`, which is in it. */
  moveToFront(node: LruNode<T>, anchor: LruNode<T> | null = null): void {
    if (anchor !== null && (anchor.list !== this || anchor === node))
      throw new Error('list corruption: a node was put behind one that is not there')
    node.list?.remove(node)
    const after = anchor === null ? this.#first : anchor.next
    node.list = this
    node.previous = anchor
    node.next = after
    if (anchor === null) this.#first = node
    else anchor.next = node
    if (after === null) this.#last = node
    else after.previous = node
    this.#length++
  }

  get first(): LruNode<T> | null {
    return this.#first
  }

  /** list_del_init(): does nothing when the node is in no list. */
  remove(node: LruNode<T>): void {
    if (node.list === null) return
    if (node.list !== this)
      throw new Error('list corruption: a node was taken out of a list that it is not in')
    if (node.previous === null) this.#first = node.next
    else node.previous.next = node.next
    if (node.next === null) this.#last = node.previous
    else node.next.previous = node.previous
    node.list = node.previous = node.next = null
    this.#length--
  }

  /** First to last. The entry that was just handed out may be taken out of the list. */
  *[Symbol.iterator](): Generator<T> {
    let node = this.#first
    while (node !== null) {
      const next: LruNode<T> | null = node.next
      yield node.owner
      node = next
    }
  }
}
