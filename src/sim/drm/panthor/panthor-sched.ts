/** Groups of queues and their jobs: panthor_sched.c, panthor_drv.c (7.2). Jobs of a queue run one after the other. */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import {
  PANTHOR_GROUP_PRIORITY_REALTIME,
  PANTHOR_GROUP_STATE_TIMEDOUT,
  type PanthorGroupRequest,
  type PanthorQueue,
} from '../../../backend/panthor-group.js'
import { PAGE_SIZE } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanthorFile } from './panthor-file.js'
import { CSIF_INFO, GPU_INFO, SUSPEND_BYTES } from './panthor-info.js'
import { PanthorQueueJobs } from './panthor-jobs.js'
import { createKernelBo, destroyKernelBo, type KernelBo } from './panthor-kernel-bo.js'
import type { PanthorVm } from './panthor-vm.js'

const MAX_QUEUES = 32
const LEAST_RINGBUF = 4 << 10
const MOST_RINGBUF = 64 << 10
/** struct panthor_syncobj_64b of each queue. */
const SYNCOBJ_BYTES = 16
const MOST_QUEUE_PRIORITY = 15

export class PanthorGroup {
  readonly vm: PanthorVm
  readonly queues: readonly PanthorQueueJobs[]
  readonly #buffers: readonly KernelBo[]
  timedOut = false

  constructor(vm: PanthorVm, queueCount: number, buffers: readonly KernelBo[]) {
    this.vm = vm
    this.#buffers = buffers
    this.queues = Array.from({ length: queueCount }, () => new PanthorQueueJobs(this))
  }

  get state(): { readonly state: number; readonly fatalQueues: number } {
    return { state: this.timedOut ? PANTHOR_GROUP_STATE_TIMEDOUT : 0, fatalQueues: 0 }
  }

  /** What fdinfo tells of it. */
  get kernelBytes(): number {
    return this.#buffers.reduce((sum, { bo }) => sum + bo.sizePages * PAGE_SIZE, 0)
  }

  /** A job did not end in time: the GPU has none of them any more, and takes no more of this group. */
  timeout(atNs: number): void {
    this.timedOut = true
    for (const queue of this.queues) queue.stop(atNs, -ERRNO.ETIMEDOUT)
  }

  /** panthor_group_destroy(). */
  *destroy(): Path<void> {
    const nowNs = this.vm.device.kernel.taskNowNs()
    for (const queue of this.queues) queue.stop(nowNs, -ERRNO.ECANCELED)
    for (const buffer of this.#buffers) yield* destroyKernelBo(buffer)
    yield* this.vm.put()
  }
}

/** panthor_ioctl_group_create() by root, who may have every priority. EINVAL; ENOMEM; EBUSY above 128 of a file. */
export function groupCreate(
  file: PanthorFile,
  request: PanthorGroupRequest,
): Outcome<{ readonly handle: number }> {
  const { queues } = request
  if (queues.length === 0 || queues.length > MAX_QUEUES) return -ERRNO.EINVAL
  if (request.priority > PANTHOR_GROUP_PRIORITY_REALTIME) return -ERRNO.EINVAL
  if (!hasCores(request) || queues.length > CSIF_INFO.csSlotCount) return -ERRNO.EINVAL
  const vm = file.vm(request.vmId)
  if (vm === undefined) return -ERRNO.EINVAL
  vm.get()
  const made = runToCompletion(createPath(vm, queues))
  if (typeof made === 'number') {
    runToCompletion(vm.put())
    return made
  }
  const handle = file.addGroup(made)
  if (handle !== undefined) return { handle }
  runToCompletion(made.destroy())
  return -ERRNO.EBUSY
}

function hasCores(request: PanthorGroupRequest): boolean {
  const kinds = [
    [request.computeCoreMask, request.maxComputeCores, GPU_INFO.shaderPresent],
    [request.fragmentCoreMask, request.maxFragmentCores, GPU_INFO.shaderPresent],
    [request.tilerCoreMask, request.maxTilerCores, GPU_INFO.tilerPresent],
  ] as const
  return kinds.every(([mask, most, present]) => (mask & ~present) === 0n && bitsOf(mask) >= most)
}

function bitsOf(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length
}

function* createPath(vm: PanthorVm, queues: readonly PanthorQueue[]): Path<PanthorGroup | NegativeErrno> {
  const { device } = vm
  const buffers: KernelBo[] = []
  const add = function* (owner: PanthorVm | null, sizeBytes: number, name: string): Path<NegativeErrno | 0> {
    const made = yield* createKernelBo(device, owner, sizeBytes, name, true)
    if (typeof made === 'number') return made
    buffers.push(made)
    return 0
  }
  let result = yield* add(null, SUSPEND_BYTES, 'FW suspend buffer')
  if (result === 0) result = yield* add(null, SUSPEND_BYTES, 'FW suspend buffer')
  if (result === 0) result = yield* add(vm, queues.length * SYNCOBJ_BYTES, 'Group sync objects')
  for (const { ringbufSizeBytes, priority } of queues) {
    if (result !== 0) break
    if (!isRingbuf(ringbufSizeBytes) || priority > MOST_QUEUE_PRIORITY) result = -ERRNO.EINVAL
    else result = yield* add(vm, ringbufSizeBytes, 'CS ring buffer')
    if (result === 0) result = yield* add(null, 2 * PAGE_SIZE, 'Queue FW interface')
    if (result === 0) result = yield* add(vm, PAGE_SIZE, 'Group job stats')
  }
  if (result === 0) return new PanthorGroup(vm, queues.length, buffers)
  for (const buffer of buffers) yield* destroyKernelBo(buffer)
  return result
}

function isRingbuf(bytes: number): boolean {
  return bytes >= LEAST_RINGBUF && bytes <= MOST_RINGBUF && (bytes & (bytes - 1)) === 0
}
