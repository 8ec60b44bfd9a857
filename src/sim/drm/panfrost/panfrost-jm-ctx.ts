/**
 * What keeps the jobs of an open file in their order: a queue for each job slot. Up to uAPI 1.4 a file has one of these
 * contexts; later ones are made by JM_CTX_CREATE: panfrost_job.c panfrost_jm_ctx_create() (7.2).
 */
import { ERRNO } from '../../../backend/errno.js'
import type { Outcome } from '../../../backend/outcome.js'
import { PANFROST_JM_CTX_PRIORITY_HIGH } from '../../../backend/panfrost-calls.js'
import type { DmaFence, Fence } from '../../dma-buf/dma-fence.js'
import type { Kernel } from '../../kernel.js'
import { IdAllocator } from '../../lib/id-allocator.js'
import type { PanfrostFile } from './panfrost-file.js'
import type { JobUses } from './panfrost-job.js'

/** Fragment jobs have slot 0, all others slot 1: panfrost_job_get_slot(). Slot 2 is not given to user space. */
export const JOB_SLOTS = 2
/** JM_CTX_CREATE hands out ids up to this one. */
const LAST_CONTEXT = 64

/** struct panfrost_job. */
export interface Job {
  readonly entity: Entity
  readonly fence: DmaFence
  readonly slot: number
  readonly submitNs: number
  dependencies: readonly Fence[]
  /** The one before it in its entity. */
  before: Job | null
  /** Waits for something that does not run on this GPU. */
  readonly floats: boolean
  /** The open file whose address space it runs in. */
  readonly file: PanfrostFile
  /** GPU address of its chain. */
  readonly jc: bigint
  readonly uses: JobUses
  startNs: number
  isDone: boolean
  /** Does not wait for anything any more. */
  unwatch: () => void
}

/** struct drm_sched_entity: the jobs of one context for one slot. */
export class Entity {
  readonly fenceContext: number
  /** Not yet cleaned up, oldest first. */
  readonly jobs = new Set<Job>()
  last: Job | null = null
  seqno = 0

  constructor(kernel: Kernel) {
    this.fenceContext = kernel.nextFenceContext++
  }
}

export class JmContext {
  readonly entities: readonly Entity[]

  constructor(kernel: Kernel) {
    this.entities = Array.from({ length: JOB_SLOTS }, () => new Entity(kernel))
  }
}

/** The contexts of one file. Number 0 is there from the start and cannot be destroyed. */
export class JmContexts {
  readonly #kernel: Kernel
  readonly #ids = new IdAllocator(1, LAST_CONTEXT + 1)
  readonly #contexts: Map<number, JmContext>

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#contexts = new Map([[0, new JmContext(kernel)]])
  }

  get(handle: number): JmContext | undefined {
    return this.#contexts.get(handle)
  }

  all(): Iterable<JmContext> {
    return this.#contexts.values()
  }

  /** JM_CTX_CREATE by root, who may have every priority. EINVAL priority; EBUSY above 64. */
  create(priority: number): Outcome<{ readonly handle: number }> {
    if (priority > PANFROST_JM_CTX_PRIORITY_HIGH) return -ERRNO.EINVAL
    const handle = this.#ids.allocate()
    if (handle === undefined) return -ERRNO.EBUSY
    this.#contexts.set(handle, new JmContext(this.#kernel))
    return { handle }
  }

  /** Out of the table: the caller ends its jobs. EINVAL for 0 and for an unknown one. */
  remove(handle: number): JmContext | number {
    const context = this.#contexts.get(handle)
    if (handle === 0 || context === undefined) return -ERRNO.EINVAL
    this.#contexts.delete(handle)
    this.#ids.free(handle)
    return context
  }
}
