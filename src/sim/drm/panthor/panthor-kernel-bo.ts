/** Buffers that the driver makes for itself: panthor_kernel_bo_create(), panthor_kernel_bo_destroy(), panthor_gem.c (7.2). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PANTHOR_BO_NO_MMAP } from '../../../backend/panthor-calls.js'
import { PANTHOR_VM_BIND_OP_MAP_NOEXEC } from '../../../backend/panthor-vm.js'
import { PAGE_SHIFT, pagesOf } from '../../mm/page.js'
import type { Path } from '../../sched/path.js'
import type { PanthorDevice } from './panthor-device.js'
import { PanthorGemObject } from './panthor-gem.js'
import type { PanthorVm } from './panthor-vm.js'

/** Addresses of 2 MiB and more are whole ones of them. */
const ALIGN_PAGES = (2 << 20) >> PAGE_SHIFT

export interface KernelBo {
  readonly bo: PanthorGemObject
  /** null: the microcontroller's, where buffers are pinned for life. */
  readonly vm: PanthorVm | null
  readonly startPage: number
  /** The driver maps it for itself, too: pinned as long. */
  readonly isVmapped: boolean
}

/** Mapped in the driver's part of `vm`. -ENOMEM; -ENOSPC. */
export function* createKernelBo(
  device: PanthorDevice,
  vm: PanthorVm | null,
  sizeBytes: number,
  name: string,
  isVmapped: boolean,
): Path<KernelBo | NegativeErrno> {
  const pages = pagesOf(sizeBytes)
  const bo = new PanthorGemObject(device, pages, PANTHOR_BO_NO_MMAP, vm?.root ?? null, true)
  bo.userLabel = name
  const result = isVmapped || vm === null ? yield* bo.pinPath() : 0
  const startPage = result === 0 ? yield* mapIn(vm, bo, pages) : result
  if (startPage >= 0) return { bo, vm, startPage, isVmapped }
  if (result === 0 && (isVmapped || vm === null)) yield* bo.unpinPath()
  yield* bo.putPath()
  return startPage
}

function* mapIn(vm: PanthorVm | null, bo: PanthorGemObject, pages: number): Path<number> {
  if (vm === null) return 0
  const alignPages = pages >= ALIGN_PAGES ? ALIGN_PAGES : 1
  const start = vm.kernelMm.insert(pages, { alignPages })
  if (start === undefined) return -ERRNO.ENOSPC
  const place = { start, end: start + pages, offset: 0, flags: PANTHOR_VM_BIND_OP_MAP_NOEXEC }
  const operation = yield* vm.prepareMap(bo, place)
  if (typeof operation !== 'number') {
    const result = yield* vm.execMap(operation)
    yield* vm.finishMap(operation)
    if (result === 0) {
      vm.get()
      return start
    }
  }
  vm.kernelMm.remove(start, pages)
  return typeof operation === 'number' ? operation : -ERRNO.EINVAL
}

export function* destroyKernelBo({ bo, vm, startPage, isVmapped }: KernelBo): Path<void> {
  if (isVmapped || vm === null) yield* bo.unpinPath()
  if (vm !== null) {
    yield* vm.unmap(startPage, startPage + bo.sizePages)
    vm.kernelMm.remove(startPage, bo.sizePages)
  }
  yield* bo.putPath()
  if (vm !== null) yield* vm.put()
}
