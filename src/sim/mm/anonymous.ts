/** Anonymous memory: do_anonymous_page(), mm/memory.c (6.12), with pages of 4 KiB only. */
import { COST_NS } from '../costs.js'
import type { Kernel } from '../kernel.js'
import { RangeSet } from '../lib/range-set.js'
import { KernelPanic } from '../printk.js'
import type { SimTask } from '../process/task-struct.js'
import { Charges } from './charges.js'
import { GFP_HIGHUSER } from './gfp.js'
import { PageContents } from './page-contents.js'
import { Vma } from './vma.js'

/** Faults that are handled in one go, when memory allows. */
const FAULT_BATCH = 64

export class AnonVma extends Vma {
  readonly contents = new PageContents()
  /** Pages are charged to the cgroup that the process was in when it touched them first. */
  readonly charges = new Charges()
  readonly #kernel: Kernel
  readonly #present = new RangeSet()

  constructor(kernel: Kernel, task: SimTask, lengthBytes: number) {
    super(task, lengthBytes)
    this.#kernel = kernel
  }

  override get rssPages(): number {
    return this.charges.total
  }

  touch(start: number, end: number, write: boolean): number {
    // A page that was never written shows the shared zero page, which costs nothing.
    if (!write) return end - start
    for (let page = start; page < end;) {
      const present = this.#present.endOfRunAt(page)
      if (present > page) {
        page = Math.min(present, end)
        continue
      }
      const wanted = Math.min(end, this.#present.nextIn(page)) - page
      const granted = this.#fault(page, Math.min(wanted, FAULT_BATCH))
      if (granted === 0) return page - start
      page += granted
    }
    return end - start
  }

  #fault(page: number, wanted: number): number {
    const kernel = this.#kernel
    if (kernel.currentIsDying()) return 0
    const memcg = this.task.cgroup.effectiveMemcg()
    const granted = kernel.allocateCharged('anon', memcg, wanted, GFP_HIGHUSER)
    if (granted === 0) {
      if (kernel.currentIsDying()) return 0
      // The kernel would raise the same fault again and again, as nobody may be killed for it.
      throw new KernelPanic(
        `process ${this.task.pid} faults for ever: its cgroup is full, nobody may be killed`,
      )
    }
    kernel.events.add('pgfault', granted)
    kernel.spend(granted * COST_NS.pageFault)
    this.#present.add(page, page + granted)
    this.charges.add(memcg, granted)
    kernel.returnToUser()
    return granted
  }

  protected close(): void {
    for (const [memcg, pages] of this.charges.entries()) this.#kernel.freeCharged('anon', memcg, pages)
    this.charges.clear()
  }
}
