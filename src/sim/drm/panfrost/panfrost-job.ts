/**
 * When jobs of the GPU run and end: panfrost_job.c, scheduler/sched_main.c, sched_entity.c (6.12).
 *
 * When a job ends is known as soon as it is submitted: it takes the time that the machine was told, or hangs until the
 * scheduler's timeout. Jobs of one context and slot run in their order, and a slot runs one job at a time. One
 * difference: a job that waits for a fence of another device does not hold its slot, nor do those behind it.
 */
import { ERRNO } from '../../../backend/errno.js'
import { DmaFence, isSignaled, type Fence } from '../../dma-buf/dma-fence.js'
import type { Kernel } from '../../kernel.js'
import { Lock } from '../../sched/lock.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanfrostFile } from './panfrost-file.js'
import type { PanfrostGemObject } from './panfrost-gem.js'
import type { GemMapping } from './panfrost-gem-mapping.js'
import { JOB_SLOTS, type Entity, type Job, type JmContext } from './panfrost-jm-ctx.js'

/** JOB_TIMEOUT_MS. */
const TIMEOUT_NS = 500_000_000
/** From SUBMIT until the scheduler's thread has handed the job to the GPU. Modelled. */
const QUEUE_NS = 20_000
/** From the fence until the scheduler's worker has freed the job: 20 to 200 us on the real driver. */
const RELEASE_NS = 50_000

/** What a job keeps: references on buffers and mappings, and with each mapping a use by the GPU. */
export interface JobUses {
  readonly bos: PanfrostGemObject[]
  readonly mappings: GemMapping[]
}

export interface JobRequest {
  readonly jc: bigint
  readonly entity: Entity
  readonly slot: number
  readonly after: readonly Fence[]
  readonly uses: JobUses
}

export class PanfrostJobs {
  readonly #kernel: Kernel
  readonly #slotFreeNs = new Array<number>(JOB_SLOTS).fill(0)
  /** Fences of jobs of this GPU. */
  readonly #own = new WeakSet<DmaFence>()
  readonly schedLock = new Lock('mutex', 'sched_lock')
  /** Of a stepped run, oldest first: its GPU takes them from here, and signals their fences. */
  readonly stepped: Job[] = []
  /** How long a job takes; Infinity: the GPU never answers. */
  jobNs: number

  constructor(kernel: Kernel, jobNs = 1_000_000) {
    this.#kernel = kernel
    this.jobNs = jobNs
  }

  /** What SUBMIT does with the buffers reserved: hands the job over. Its fence is on all of them, as a writer's. */
  push(file: PanfrostFile, { jc, entity, slot, after, uses }: JobRequest): DmaFence {
    const { bos } = uses
    const submitNs = this.#kernel.taskNowNs()
    const implicit = bos.flatMap((bo) => bo.resv.fences('write'))
    const dependencies = [...after, ...implicit].filter((fence) => !isSignaled(fence, submitNs))
    const foreign = dependencies.flatMap(({ parts }) => parts).filter((part) => !this.#own.has(part))
    const before = entity.last?.isDone === false ? entity.last : null
    const fence = new DmaFence(
      { driver: 'drm_sched', timeline: 'pan_js' },
      entity.fenceContext,
      ++entity.seqno,
      Infinity,
    )
    this.#own.add(fence)
    const floats = foreign.length > 0 || before?.floats === true
    const unwatch = () => undefined
    const job: Job = {
      ...{ file, jc, uses, entity, fence, slot, submitNs, dependencies, before, floats, unwatch },
      startNs: Infinity,
      isDone: false,
    }
    entity.jobs.add(job)
    entity.last = job
    if (this.#kernel.stepper !== null) this.stepped.push(job)
    else {
      this.#schedule(job)
      if (floats) this.#watch(job, before === null ? foreign : [...foreign, before.fence])
    }
    for (const bo of bos) bo.resv.add(fence, 'write', submitNs)
    return fence
  }

  /**
   * The context is gone, as in panfrost_job_close(): jobs that the GPU does not have yet are cancelled (ESRCH), and the
   * running ones stopped (ECANCELED), unless the GPU never answers: then their timeout does it. Without the second that
   * drm_sched_entity_flush() gives a process which closes its file before it dies.
   */
  close(context: JmContext): void {
    const nowNs = this.#kernel.taskNowNs()
    for (const job of context.entities.flatMap(({ jobs }) => [...jobs].reverse())) {
      if (isSignaled(job.fence, nowNs)) continue
      job.unwatch()
      if (job.startNs > nowNs) this.#endsAt(job, nowNs, -ERRNO.ESRCH)
      else if (this.jobNs < Infinity) this.#endsAt(job, nowNs, -ERRNO.ECANCELED)
    }
  }

  /** Plans it anew whenever one of the fences is to be signalled at another time. */
  #watch(job: Job, fences: readonly DmaFence[]): void {
    const unwatch = fences.map((fence) => fence.onChange(() => this.#schedule(job)))
    job.unwatch = () => unwatch.forEach((each) => each())
  }

  #schedule(job: Job): void {
    const { before, slot } = job
    const times = [job.submitNs + QUEUE_NS, before?.fence.signalsAtNs ?? 0]
    for (const fence of job.dependencies) times.push(fence.signalsAtNs)
    if (!job.floats) times.push(this.#slotFreeNs[slot] ?? 0)
    job.startNs = times.reduce((latest, time) => Math.max(latest, time))
    const hangs = this.jobNs > TIMEOUT_NS
    const endNs = job.startNs + (hangs ? TIMEOUT_NS : this.jobNs)
    if (!job.floats) this.#slotFreeNs[slot] = endNs
    this.#endsAt(job, endNs, hangs ? -ERRNO.ECANCELED : 0)
  }

  #endsAt(job: Job, endNs: number, error: number): void {
    if (job.isDone) return
    job.fence.setSignal(endNs, error)
    // A plan that was changed meanwhile leaves a timer that finds nothing to do.
    this.#kernel.timers.add(endNs, (atNs) => {
      if (job.isDone || job.fence.signalsAtNs > atNs) return
      finish(job)
      this.#kernel.timers.add(atNs + RELEASE_NS, () => runToCompletion(releaseUses(job.uses)))
    })
  }
}

/** The GPU is through with it, and its fence is signalled. */
export function finish(job: Job): void {
  job.isDone = true
  job.unwatch()
  job.before = null
  job.dependencies = []
  const { entity } = job
  entity.jobs.delete(job)
  if (entity.last === job) entity.last = null
}

/** panfrost_job_cleanup(): the buffers are not in use any more. */
export function* releaseUses({ bos, mappings }: JobUses): Path<void> {
  for (const mapping of mappings) {
    mapping.bo.gpuUsecount--
    yield* mapping.bo.mappingPut(mapping)
  }
  for (const bo of bos) yield* bo.putPath()
}
