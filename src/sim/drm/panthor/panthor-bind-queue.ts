/** The queue of an address space's binds, and what is done on it: panthor_vm_bind_run_job(), panthor_mmu.c (7.2). */
import { DmaFence, isSignaled, type Fence } from '../../dma-buf/dma-fence.js'
import { runToCompletion } from '../../sched/path.js'
import type { MapOp, PanthorVm } from './panthor-vm.js'

/** From the end of the wait to the end of the bind. Modelled. */
const QUEUE_NS = 20_000

/** struct panthor_vm_op_ctx: what was checked, and has its pages. */
export type Prepared =
  | { readonly type: 'map'; readonly map: MapOp }
  | { readonly type: 'unmap'; readonly start: number; readonly end: number }
  | { readonly type: 'sync' }

/** The scheduler of a VM's binds. */
export class BindQueue {
  readonly #vm: PanthorVm
  readonly #context: number
  #seqno = 0
  #last: DmaFence | null = null

  constructor(vm: PanthorVm) {
    this.#vm = vm
    this.#context = vm.device.kernel.nextFenceContext++
  }

  newFence(): DmaFence {
    const names = { driver: 'drm_sched', timeline: 'panthor-vm-bind' }
    return new DmaFence(names, this.#context, ++this.#seqno, Infinity)
  }

  /** Its fence is on the address space and the buffer, for who reclaims. */
  push(job: Prepared, fence: DmaFence, waits: readonly Fence[]): void {
    const { kernel } = this.#vm.device
    const dependencies = this.#last === null ? waits : [...waits, this.#last]
    this.#last = fence
    const nowNs = kernel.taskNowNs()
    this.#vm.root.resv.add(fence, 'bookkeep', nowNs)
    if (job.type === 'map') job.map.bo.resv.add(fence, 'bookkeep', nowNs)
    const unwatch: (() => void)[] = []
    let isDone = false
    const run = (atNs: number): void => {
      if (isDone || !dependencies.every((each) => isSignaled(each, atNs))) return
      isDone = true
      for (const stop of unwatch) stop()
      const error = runToCompletion(this.#vm.execute(job))
      if (error !== 0) this.#vm.unusable = true
      fence.setSignal(atNs, error)
    }
    const plan = (): void => {
      const readyNs = dependencies.reduce(
        (last, each) => Math.max(last, each.signalsAtNs),
        kernel.taskNowNs(),
      )
      if (readyNs < Infinity) kernel.timers.add(readyNs + QUEUE_NS, run)
      // Until then nothing else can signal it, so that its time is known from here on.
      if (!isDone && readyNs < Infinity) fence.setSignal(readyNs + QUEUE_NS)
    }
    for (const part of dependencies.flatMap(({ parts }) => parts)) unwatch.push(part.onChange(plan))
    plan()
  }
}
