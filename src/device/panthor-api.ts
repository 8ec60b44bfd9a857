/** Panthor's requests beyond buffers: include/uapi/drm/panthor_drm.h up to 1.8. */
import type { DrmVersion } from '../backend/drm-calls.js'
import type { PanthorBoSyncOp, PanthorCalls, PanthorTilerHeapRequest } from '../backend/panthor-calls.js'
import type { PanthorGroupRequest, PanthorQueueSubmit } from '../backend/panthor-group.js'
import type { PanthorQueries } from '../backend/panthor-queries.js'
import { PANTHOR_VM_BIND_OP_MAP_SPARSE, type PanthorVmBindOp } from '../backend/panthor-vm.js'
import type { Outcome } from '../backend/outcome.js'
import type { Buffer } from './buffer.js'
import { requireVersion } from './driver-versions.js'
import type { DrmFile } from './drm-file.js'
import { granted, grantedObject, refused } from './errors.js'

/** Device.panthor(). Ids and handles are the kernel's; closing the device gives back all of them. */
export class PanthorApi {
  readonly #file: DrmFile
  readonly #version: DrmVersion

  constructor(file: DrmFile, version: DrmVersion) {
    this.#file = file
    this.#version = version
  }

  query<Kind extends keyof PanthorQueries>(kind: Kind): PanthorQueries[Kind] {
    requireVersion(this.#version, `DEV_QUERY ${kind}`)
    return this.#object('DEV_QUERY', (calls, fd) => calls.devQuery(fd, kind))
  }

  createVm(userVaRange = 0n): { readonly id: number; readonly userVaRange: bigint } {
    return this.#object('VM_CREATE', (calls, fd) => calls.vmCreate(fd, userVaRange))
  }

  destroyVm(id: number): void {
    this.#done('VM_DESTROY', (calls, fd) => calls.vmDestroy(fd, id))
  }

  isVmUsable(id: number): boolean {
    return this.#object('VM_GET_STATE', (calls, fd) => calls.vmGetState(fd, id)).state === 0
  }

  /** VM_BIND. The error of a refused synchronous bind names the operation. */
  bind(vmId: number, operations: readonly PanthorVmBindOp[], flags = 0): void {
    if (operations.some((operation) => (operation.flags & PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0)) {
      requireVersion(this.#version, 'SPARSE')
    }
    this.#file.assertOpen('VM_BIND')
    const { backend, fd } = this.#file
    const { result, failedOperation } = backend.panthor.vmBind(fd, vmId, flags, operations)
    if (result >= 0) return
    const subject = failedOperation === undefined ? `VM ${vmId}` : `operation ${failedOperation}`
    throw refused(result, { syscall: 'ioctl', request: 'VM_BIND', subject })
  }

  /** BO_SET_LABEL (1.4); null clears it. */
  setLabel(buffer: Buffer, label: string | null): void {
    const handle = buffer.openHandle('BO_SET_LABEL')
    this.#done('BO_SET_LABEL', (calls, fd) => calls.boSetLabel(fd, handle, label))
  }

  /** BO_SYNC (1.7). */
  sync(operations: readonly PanthorBoSyncOp[]): void {
    this.#done('BO_SYNC', (calls, fd) => calls.boSync(fd, operations))
  }

  /** BO_QUERY_INFO (1.7). */
  queryInfo(buffer: Buffer): { readonly createFlags: number; readonly extraFlags: number } {
    const handle = buffer.openHandle('BO_QUERY_INFO')
    return this.#object('BO_QUERY_INFO', (calls, fd) => calls.boQueryInfo(fd, handle))
  }

  createGroup(request: PanthorGroupRequest): number {
    return this.#object('GROUP_CREATE', (calls, fd) => calls.groupCreate(fd, request)).handle
  }

  destroyGroup(handle: number): void {
    this.#done('GROUP_DESTROY', (calls, fd) => calls.groupDestroy(fd, handle))
  }

  groupState(handle: number): { readonly state: number; readonly fatalQueues: number } {
    return this.#object('GROUP_GET_STATE', (calls, fd) => calls.groupGetState(fd, handle))
  }

  submit(handle: number, submits: readonly PanthorQueueSubmit[]): void {
    this.#done('GROUP_SUBMIT', (calls, fd) => calls.groupSubmit(fd, handle, submits))
  }

  createTilerHeap(request: PanthorTilerHeapRequest): {
    readonly handle: number
    readonly contextGpuAddress: bigint
    readonly firstChunkGpuAddress: bigint
  } {
    return this.#object('TILER_HEAP_CREATE', (calls, fd) => calls.tilerHeapCreate(fd, request))
  }

  destroyTilerHeap(handle: number): void {
    this.#done('TILER_HEAP_DESTROY', (calls, fd) => calls.tilerHeapDestroy(fd, handle))
  }

  #object<T extends object>(request: string, call: (calls: PanthorCalls, fd: number) => Outcome<T>): T {
    this.#file.assertOpen(request)
    requireVersion(this.#version, request)
    return grantedObject(call(this.#file.backend.panthor, this.#file.fd), { syscall: 'ioctl', request })
  }

  #done(request: string, call: (calls: PanthorCalls, fd: number) => number): void {
    this.#file.assertOpen(request)
    requireVersion(this.#version, request)
    granted(call(this.#file.backend.panthor, this.#file.fd), { syscall: 'ioctl', request })
  }
}
