/** Anonymous memory: do_anonymous_page(), do_swap_page(), mm/memory.c (6.12), with pages of 4 KiB only. */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { RangeSet } from '../lib/range-set.js'
import { KernelPanic } from '../printk.js'
import type { SimTask } from '../process/task-struct.js'
import { Charges } from './charges.js'
import { GFP_HIGHUSER } from './gfp.js'
import type { MemCgroup } from './mem-cgroup.js'
import { PageContents } from './page-contents.js'
import type { SwapOwner } from './swap.js'
import { Vma } from './vma.js'

/** Faults that are handled in one go, when memory allows. */
const FAULT_BATCH = 64

export class AnonVma extends Vma implements SwapOwner {
  readonly contents = new PageContents()
  /** Pages are charged to the cgroup that the process was in when it touched them first. */
  readonly charges = new Charges()
  /** To whom the slots of swapped pages are charged. */
  readonly swapCharges = new Charges()
  readonly #kernel: Kernel
  readonly #present = new RangeSet()
  readonly #swapped = new RangeSet()
  /** Reclaim goes round the mapping like the hand of a clock, as pages have no age here. */
  #hand = 0

  constructor(kernel: Kernel, task: SimTask, lengthBytes: number) {
    super(task, lengthBytes)
    this.#kernel = kernel
  }

  override get rssPages(): number {
    return this.charges.total
  }

  override get swapPages(): number {
    return this.swapCharges.total
  }

  touch(start: number, end: number, write: boolean): number {
    for (let page = start; page < end;) {
      const present = this.#present.endOfRunAt(page)
      if (present > page) {
        page = present
        continue
      }
      const swapped = this.#swapped.endOfRunAt(page)
      const stop = Math.min(end, this.#present.nextIn(page))
      let granted: number
      if (swapped > page) {
        granted = this.#fault(page, Math.min(swapped, end) - page, true)
      } else {
        const wanted = Math.min(stop, this.#swapped.nextIn(page)) - page
        // A page that was never written shows the shared zero page, which costs nothing.
        granted = write ? this.#fault(page, wanted, false) : wanted
      }
      if (granted === 0) return page - start
      page += granted
    }
    return end - start
  }

  swapOut(memcg: MemCgroup, wanted: number): number {
    const granted = this.#kernel.swap.take(memcg, Math.min(wanted, this.charges.get(memcg)))
    for (let rest = granted; rest > 0;) {
      const from = this.#present.nextIn(this.#hand)
      if (from === Infinity) {
        this.#hand = 0
        continue
      }
      const end = Math.min(from + rest, this.#present.endOfRunAt(from))
      this.#present.remove(from, end)
      this.#swapped.add(from, end)
      this.#hand = end
      rest -= end - from
    }
    this.#discharge(memcg, granted)
    this.swapCharges.add(memcg, granted)
    return granted
  }

  #fault(page: number, most: number, isSwapIn: boolean): number {
    const kernel = this.#kernel
    if (kernel.currentIsDying()) return 0
    // A swapped page comes back to the cgroup that it was taken from.
    const [from] = isSwapIn ? this.swapCharges.entries() : []
    const memcg = from?.[0] ?? this.task.cgroup.effectiveMemcg()
    const wanted = Math.min(most, FAULT_BATCH, from?.[1] ?? Infinity)
    const granted = kernel.allocateCharged('anon', memcg, wanted, GFP_HIGHUSER)
    if (granted === 0) {
      if (kernel.currentIsDying()) return 0
      // The kernel would raise the same fault again and again, as nobody may be killed for it.
      throw new KernelPanic(
        `process ${this.task.pid} faults for ever: its cgroup is full, nobody may be killed`,
      )
    }
    kernel.events.add('pgfault', granted)
    kernel.spend(granted * (isSwapIn ? COST_NS.swapPage : COST_NS.pageFault))
    if (isSwapIn) {
      kernel.events.add('pgmajfault', granted)
      kernel.events.add('pswpin', granted)
      this.#swapped.remove(page, page + granted)
      this.swapCharges.add(memcg, -granted)
      kernel.swap.release(memcg, granted)
    }
    this.#present.add(page, page + granted)
    this.charges.add(memcg, granted)
    memcg.addEvictable(this, granted)
    kernel.returnToUser()
    return granted
  }

  #discharge(memcg: MemCgroup, pages: number): void {
    this.charges.add(memcg, -pages)
    memcg.addEvictable(this, -pages)
    if (this.charges.get(memcg) === 0) memcg.anonLru.delete(this)
    this.#kernel.freeCharged('anon', memcg, pages)
  }

  protected close(): void {
    for (const [memcg, pages] of this.charges.entries()) this.#discharge(memcg, pages)
    for (const [memcg, pages] of this.swapCharges.entries()) this.#kernel.swap.release(memcg, pages)
    this.swapCharges.clear()
  }
}
