/** VM_BIND, at once or on the queue of the VM: panthor_ioctl_vm_bind(), panthor_drv.c, panthor_mmu.c (7.2). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import {
  PANTHOR_VM_BIND_ASYNC,
  PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  PANTHOR_VM_BIND_OP_MAP_SPARSE,
  PANTHOR_VM_BIND_OP_TYPE_MAP,
  PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type PanthorVmBindOp,
  type PanthorVmBindResult,
} from '../../../backend/panthor-vm.js'
import type { DmaFence, Fence } from '../../dma-buf/dma-fence.js'
import { PAGE_SHIFT, PAGE_SIZE } from '../../mm/page.js'
import { runToCompletion, type Path } from '../../sched/path.js'
import type { PanthorFile } from './panthor-file.js'
import type { Prepared } from './panthor-bind-queue.js'
import { PanthorGemObject } from './panthor-gem.js'
import { SubmitContext } from './panthor-sync-ops.js'
import type { PanthorVm } from './panthor-vm.js'

const TYPE_MASK = 0xf000_0000
const MAP_FLAGS = 0xf

/** EINVAL for nearly everything, an unknown handle included; ENOMEM. */
export function vmBind(
  file: PanthorFile,
  vmId: number,
  flags: number,
  operations: readonly PanthorVmBindOp[],
): PanthorVmBindResult {
  const vm = file.vm(vmId)
  if (vm === undefined) return { result: -ERRNO.EINVAL }
  if ((flags & PANTHOR_VM_BIND_ASYNC) !== 0) return { result: bindLater(file, vm, operations) }
  for (const [failedOperation, operation] of operations.entries()) {
    const result = runToCompletion(bindPath(file, vm, operation))
    if (result !== 0) return { result, failedOperation }
  }
  return { result: 0 }
}

/** panthor_vm_bind_exec_sync_op(). */
export function* bindPath(
  file: PanthorFile,
  vm: PanthorVm,
  operation: PanthorVmBindOp,
): Path<NegativeErrno | 0> {
  if (operation.syncs.length > 0) return -ERRNO.EINVAL
  if (operation.sizeBytes === 0n) return 0
  const prepared = yield* prepare(file, vm, operation)
  return typeof prepared === 'number' ? prepared : yield* vm.execute(prepared)
}

/** panthor_vm_bind_prepare_op_ctx(). */
function* prepare(
  file: PanthorFile,
  vm: PanthorVm,
  operation: PanthorVmBindOp,
): Path<Prepared | NegativeErrno> {
  const { boHandle, boOffset, gpuAddress, sizeBytes, syncs } = operation
  const type = (operation.flags & TYPE_MASK) >>> 0
  const flags = operation.flags & ~TYPE_MASK
  if (((gpuAddress | sizeBytes | boOffset) & BigInt(PAGE_SIZE - 1)) !== 0n) return -ERRNO.EINVAL
  const userRange = BigInt(vm.kernelStart) << BigInt(PAGE_SHIFT)
  if (gpuAddress >= userRange || sizeBytes > userRange - gpuAddress) return -ERRNO.EINVAL
  if (type === PANTHOR_VM_BIND_OP_TYPE_MAP) return yield* prepareMap(file, vm, operation)
  if (flags !== 0 || boHandle !== 0 || boOffset !== 0n) return -ERRNO.EINVAL
  if (type === PANTHOR_VM_BIND_OP_TYPE_UNMAP) {
    const start = pageOf(gpuAddress)
    return { type: 'unmap', start, end: start + pageOf(sizeBytes) }
  }
  if (type !== PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY) return -ERRNO.EINVAL
  const isBare = gpuAddress === 0n && sizeBytes === 0n
  return isBare && syncs.length > 0 ? { type: 'sync' } : -ERRNO.EINVAL
}

/** panthor_vm_prepare_map_op_ctx(): what is sparse shows the one buffer of its file that nobody reads. */
function* prepareMap(
  file: PanthorFile,
  vm: PanthorVm,
  { flags, boHandle, boOffset, gpuAddress, sizeBytes }: PanthorVmBindOp,
): Path<Prepared | NegativeErrno> {
  const isSparse = (flags & PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0
  if (isSparse) file.dummy.get()
  const bo = isSparse ? file.dummy : yield* file.objectLookup(boHandle)
  if (!(bo instanceof PanthorGemObject)) return -ERRNO.EINVAL
  const start = pageOf(gpuAddress)
  const place = { start, end: start + pageOf(sizeBytes), offset: pageOf(boOffset), flags }
  const sizeOfBo = BigInt(bo.sizePages) << BigInt(PAGE_SHIFT)
  const fits = sizeBytes <= sizeOfBo && boOffset <= sizeOfBo - sizeBytes
  const mayBeSparse = (flags & PANTHOR_VM_BIND_OP_MAP_NOEXEC) !== 0 && boHandle === 0 && boOffset === 0n
  const isWrong =
    (flags & ~MAP_FLAGS) !== 0 ||
    !(isSparse ? mayBeSparse : fits) ||
    (bo.exclusive !== null && bo.exclusive !== vm.root)
  const map = isWrong ? -ERRNO.EINVAL : yield* vm.prepareMap(bo, place)
  yield* bo.putPath()
  return typeof map === 'number' ? map : { type: 'map', map }
}

const pageOf = (bytes: bigint) => Number(bytes >> BigInt(PAGE_SHIFT))

/**
 * panthor_ioctl_vm_bind_async(): all is checked, and pages are there, before it returns. Binds of a VM are done one after
 * the other. One that fails later makes the VM unusable.
 */
function bindLater(
  file: PanthorFile,
  vm: PanthorVm,
  operations: readonly PanthorVmBindOp[],
): NegativeErrno | 0 {
  const jobs: Prepared[] = []
  const refuse = (errno: NegativeErrno): NegativeErrno => {
    for (const job of jobs) if (job.type === 'map') runToCompletion(vm.finishMap(job.map))
    return errno
  }
  for (const operation of operations) {
    const isOver = vm.destroyed || vm.unusable
    const prepared = isOver ? -ERRNO.EINVAL : runToCompletion(prepare(file, vm, operation))
    if (typeof prepared === 'number') return refuse(prepared)
    jobs.push(prepared)
  }
  const context = new SubmitContext(file)
  for (const { syncs } of operations) {
    const refused = context.collectSignals(syncs)
    if (refused !== 0) return refuse(refused)
  }
  const waits: Fence[][] = []
  const fences: DmaFence[] = []
  for (const { syncs } of operations) {
    const wait = context.waits(syncs)
    if (typeof wait === 'number') return refuse(wait)
    const fence = vm.bindQueue.newFence()
    context.signal(syncs, fence)
    waits.push(wait)
    fences.push(fence)
  }
  jobs.forEach((job, i) => {
    const fence = fences[i]
    if (fence !== undefined) vm.bindQueue.push(job, fence, waits[i] ?? [])
  })
  context.push()
  return 0
}
