/**
 * When jobs of a queue run and end: queue_run_job(), queue_timeout_work(), panthor_sched.c (7.2). They take the time that
 * the machine was told, or never end: then their group is stopped after five seconds.
 */
import { ERRNO } from '../../../backend/errno.js'
import { DmaFence, isSignaled, type Fence } from '../../dma-buf/dma-fence.js'
import { runToCompletion } from '../../sched/path.js'
import type { PanthorGroup } from './panthor-sched.js'

/** JOB_TIMEOUT_MS. */
const TIMEOUT_NS = 5_000_000_000
/** From GROUP_SUBMIT until the firmware has the job. Modelled. */
const QUEUE_NS = 20_000

interface Job {
  readonly fence: DmaFence
  readonly dependencies: readonly Fence[]
  /** Without a stream there is nothing to run: it is done when those before it are. */
  readonly isEmpty: boolean
  readonly submitNs: number
  isDone: boolean
  unwatch: () => void
}

export class PanthorQueueJobs {
  readonly #group: PanthorGroup
  readonly #context: number
  readonly #jobs = new Set<Job>()
  #seqno = 0
  #last: DmaFence | null = null

  constructor(group: PanthorGroup) {
    this.#group = group
    this.#context = group.vm.device.kernel.nextFenceContext++
  }

  newFence(): DmaFence {
    return new DmaFence(
      { driver: 'drm_sched', timeline: 'panthor-queue' },
      this.#context,
      ++this.#seqno,
      Infinity,
    )
  }

  push(fence: DmaFence, isEmpty: boolean, waits: readonly Fence[]): void {
    const { vm } = this.#group
    const { kernel } = vm.device
    const dependencies = this.#last === null ? waits : [...waits, this.#last]
    this.#last = fence
    const unwatch = () => undefined
    const job: Job = { fence, dependencies, isEmpty, submitNs: kernel.taskNowNs(), isDone: false, unwatch }
    this.#jobs.add(job)
    if (!isEmpty) runToCompletion(vm.active())
    const stops = dependencies.flatMap(({ parts }) =>
      parts.map((part) => part.onChange(() => this.#plan(job))),
    )
    job.unwatch = () => stops.forEach((stop) => stop())
    this.#plan(job)
  }

  /** The group runs no more: what is not done ends with that error. */
  stop(atNs: number, error: number): void {
    for (const job of this.#jobs) {
      if (!isSignaled(job.fence, atNs)) job.fence.setSignal(atNs, error)
      this.#finish(job)
    }
  }

  #plan(job: Job): void {
    if (job.isDone) return
    const { kernel, jobNs } = this.#group.vm.device
    const startNs = job.dependencies.reduce(
      (latest, { signalsAtNs }) => Math.max(latest, signalsAtNs),
      job.submitNs + QUEUE_NS,
    )
    const hangs = !job.isEmpty && jobNs > TIMEOUT_NS
    const endNs = startNs + (hangs ? TIMEOUT_NS : job.isEmpty ? 0 : jobNs)
    job.fence.setSignal(endNs, hangs ? -ERRNO.ETIMEDOUT : 0)
    if (endNs === Infinity) return
    kernel.timers.add(endNs, (atNs) => {
      // A plan that was changed meanwhile leaves a timer that finds nothing to do.
      if (job.isDone || job.fence.signalsAtNs > atNs) return
      if (hangs) this.#group.timeout(atNs)
      else this.#finish(job)
    })
  }

  #finish(job: Job): void {
    if (job.isDone) return
    job.isDone = true
    job.unwatch()
    this.#jobs.delete(job)
    if (!job.isEmpty) this.#group.vm.activeCount--
  }
}
