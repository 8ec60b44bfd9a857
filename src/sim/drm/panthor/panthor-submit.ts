/** GROUP_SUBMIT: panthor_ioctl_group_submit(), panthor_drv.c; panthor_vm_prepare_mapped_bos_resvs(), panthor_mmu.c (7.2). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import type { PanthorQueueSubmit } from '../../../backend/panthor-group.js'
import type { DmaFence, Fence } from '../../dma-buf/dma-fence.js'
import type { DmaResv } from '../../dma-buf/dma-resv.js'
import type { Lock } from '../../sched/lock.js'
import { runToCompletion, TAKEN, type Path } from '../../sched/path.js'
import type { PanthorFile } from './panthor-file.js'
import type { PanthorGemObject } from './panthor-gem.js'
import type { PanthorGroup } from './panthor-sched.js'
import { SubmitContext } from './panthor-sync-ops.js'
import type { PanthorVm } from './panthor-vm.js'

/** Bits 24 to 30 of the flush id are none. */
const NO_FLUSH = 0x7f00_0000

/** EINVAL; ENOENT; ENOMEM. Every buffer that the VM maps is there afterwards, and busy as long as the jobs are. */
export function groupSubmit(
  file: PanthorFile,
  handle: number,
  submits: readonly PanthorQueueSubmit[],
): NegativeErrno | 0 {
  // The field is a __u32, and what looks it up takes 16 bits of it.
  const group = file.group(handle & 0xffff)
  for (const submit of submits) {
    const refused = check(submit, group)
    if (refused !== 0) return refused
  }
  const context = new SubmitContext(file)
  for (const { syncs } of submits) {
    const refused = context.collectSignals(syncs)
    if (refused !== 0) return refused
  }
  if (group === undefined) return 0
  return runToCompletion(submitPath(group, submits, context))
}

/** panthor_job_create(). */
function check(submit: PanthorQueueSubmit, group: PanthorGroup | undefined): NegativeErrno | 0 {
  const { streamSizeBytes, streamGpuAddress, latestFlush, queueIndex } = submit
  const isWrong =
    (streamSizeBytes === 0) !== (streamGpuAddress === 0n) ||
    (streamGpuAddress & 63n) !== 0n ||
    (streamSizeBytes & 7) !== 0 ||
    (latestFlush & NO_FLUSH) !== 0 ||
    group === undefined ||
    group.timedOut ||
    queueIndex >= group.queues.length
  return isWrong ? -ERRNO.EINVAL : 0
}

function* submitPath(
  group: PanthorGroup,
  submits: readonly PanthorQueueSubmit[],
  context: SubmitContext,
): Path<NegativeErrno | 0> {
  const locked = new LockedBos()
  let result = yield* prepareMappedBos(group.vm, locked)
  if (result === 0) result = push(group, submits, context)
  yield* locked.unlock()
  return result
}

function push(
  group: PanthorGroup,
  submits: readonly PanthorQueueSubmit[],
  context: SubmitContext,
): NegativeErrno | 0 {
  const jobs: { submit: PanthorQueueSubmit; fence: DmaFence; waits: readonly Fence[] }[] = []
  for (const submit of submits) {
    const waits = context.waits(submit.syncs)
    const fence = group.queues[submit.queueIndex]?.newFence()
    if (typeof waits === 'number') return waits
    if (fence === undefined) return -ERRNO.EINVAL
    context.signal(submit.syncs, fence)
    jobs.push({ submit, fence, waits })
  }
  const nowNs = group.vm.device.kernel.taskNowNs()
  for (const { submit, fence, waits } of jobs) {
    group.queues[submit.queueIndex]?.push(fence, submit.streamSizeBytes === 0, waits)
    for (const resv of reservationsOf(group.vm)) resv.add(fence, 'bookkeep', nowNs)
  }
  context.push()
  return 0
}

function reservationsOf(vm: PanthorVm): Set<DmaResv> {
  return new Set([vm.root.resv, ...[...vm.vmBos].map(({ bo }) => bo.resv)])
}

/** The reservations that a transaction holds: struct drm_exec. */
export class LockedBos {
  readonly locks: Lock[] = []
  readonly #bos: PanthorGemObject[] = []

  has(bo: PanthorGemObject): boolean {
    return this.locks.includes(bo.resvLock)
  }

  /** Of a VM and all that it maps. False: somebody older has one of them (-EDEADLK). */
  *lock(vm: PanthorVm): Path<boolean> {
    for (const { bo } of vm.vmBos) {
      bo.get()
      this.#bos.push(bo)
    }
    for (const lock of new Set([vm.root.resvLock, ...this.#bos.map(({ resvLock }) => resvLock)])) {
      if ((yield lock.lockWw('panthor_vm_prepare_mapped_bos_resvs')) !== TAKEN) return false
      this.locks.push(lock)
    }
    return true
  }

  *unlock(): Path<void> {
    for (const lock of this.locks.splice(0)) yield lock.unlock('drm_exec_fini')
    for (const bo of this.#bos.splice(0)) yield* bo.putPath()
  }
}

/** panthor_vm_prepare_mapped_bos_resvs(): what was evicted comes back. The caller unlocks, also after an error. */
export function* prepareMappedBos(vm: PanthorVm, locked: LockedBos): Path<NegativeErrno | 0> {
  while (!(yield* locked.lock(vm))) yield* locked.unlock()
  for (const vmBo of vm.vmBos) {
    // What was bound after the locks were taken is not a part of this.
    if (!vmBo.evicted || !locked.has(vmBo.bo)) continue
    const result = yield* vm.validate(vmBo)
    if (result !== 0) return result
  }
  return 0
}
