/** Panthor's ioctls on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { PanthorGroupRequest, PanthorQueueSubmit } from '../backend/panthor-group.js'
import type { PanthorCalls } from '../backend/panthor-calls.js'
import type { PanthorSyncOp, PanthorVmBindOp } from '../backend/panthor-vm.js'
import { COST_NS } from '../sim/costs.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import * as drv from '../sim/drm/panthor/panthor-drv.js'
import { PanthorFile } from '../sim/drm/panthor/panthor-file.js'
import { tilerHeapCreate, tilerHeapDestroy } from '../sim/drm/panthor/panthor-heap.js'
import { devQuery } from '../sim/drm/panthor/panthor-info.js'
import { groupCreate } from '../sim/drm/panthor/panthor-sched.js'
import { groupSubmit } from '../sim/drm/panthor/panthor-submit.js'
import { vmBind } from '../sim/drm/panthor/panthor-vm-bind.js'
import { checkString, checkUint32, checkUint64 } from './arguments.js'
import type { CallsContext } from './calls-context.js'

export function fakePanthorCalls(context: CallsContext): PanthorCalls {
  const ioctl = <T>(fd: number, call: (file: PanthorFile) => T | number) =>
    context.withFile(fd, COST_NS.ioctl, (file) => {
      if (file instanceof PanthorFile) return call(file)
      // Another driver's node does not know Panthor's requests.
      return file instanceof DrmFile ? -ERRNO.EINVAL : file.unknownIoctl()
    })
  return {
    devQuery: (fd, kind) => ioctl(fd, (file) => devQuery(file, kind)),
    vmCreate(fd, userVaRange) {
      checkUint64('userVaRange', userVaRange)
      return ioctl(fd, (file) => drv.vmCreate(file, userVaRange))
    },
    vmDestroy(fd, id) {
      checkUint32('id', id)
      return ioctl(fd, (file) => (file.destroyVm(id) ? 0 : -ERRNO.EINVAL))
    },
    vmGetState(fd, id) {
      checkUint32('id', id)
      return ioctl(fd, (file) => {
        const vm = file.vm(id)
        return vm === undefined ? -ERRNO.EINVAL : { state: vm.unusable ? 1 : 0 }
      })
    },
    vmBind(fd, vmId, flags, operations) {
      checkUint32('vmId', vmId)
      checkUint32('flags', flags)
      operations.forEach(checkBind)
      const answer = ioctl(fd, (file) => vmBind(file, vmId, flags, operations))
      return typeof answer === 'number' ? { result: answer } : answer
    },
    boCreate(fd, sizeBytes, flags, exclusiveVmId) {
      checkUint64('sizeBytes', sizeBytes)
      checkUint32('flags', flags)
      checkUint32('exclusiveVmId', exclusiveVmId)
      return ioctl(fd, (file) => drv.boCreate(file, sizeBytes, flags, exclusiveVmId))
    },
    boMmapOffset(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => drv.boMmapOffset(file, handle))
    },
    boSetLabel(fd, handle, label) {
      checkUint32('handle', handle)
      if (label !== null) checkString('label', label)
      return ioctl(fd, (file) => drv.boSetLabel(file, handle, label))
    },
    boSync(fd, operations) {
      for (const { handle, type, offset, sizeBytes } of operations) {
        checkUint32('handle', handle)
        checkUint32('type', type)
        checkUint64('offset', offset)
        checkUint64('sizeBytes', sizeBytes)
      }
      return ioctl(fd, (file) => drv.boSync(file, operations))
    },
    boQueryInfo(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => drv.boQueryInfo(file, handle))
    },
    groupCreate(fd, request) {
      checkGroup(request)
      return ioctl(fd, (file) => groupCreate(file, request))
    },
    groupDestroy(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => (file.destroyGroup(handle) ? 0 : -ERRNO.EINVAL))
    },
    groupGetState(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => file.group(handle)?.state ?? -ERRNO.EINVAL)
    },
    groupSubmit(fd, handle, submits) {
      checkUint32('handle', handle)
      submits.forEach(checkSubmit)
      return ioctl(fd, (file) => groupSubmit(file, handle, submits))
    },
    tilerHeapCreate(fd, request) {
      const { vmId, initialChunkCount, chunkSizeBytes, maxChunks, targetInFlight } = request
      for (const [name, value] of Object.entries({
        vmId,
        initialChunkCount,
        chunkSizeBytes,
        maxChunks,
        targetInFlight,
      }))
        checkUint32(name, value)
      return ioctl(fd, (file) => tilerHeapCreate(file, request))
    },
    tilerHeapDestroy(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => tilerHeapDestroy(file, handle))
    },
  }
}

function checkSync({ flags, handle, timelineValue }: PanthorSyncOp): void {
  checkUint32('flags', flags)
  checkUint32('handle', handle)
  checkUint64('timelineValue', timelineValue)
}

function checkBind({ flags, boHandle, boOffset, gpuAddress, sizeBytes, syncs }: PanthorVmBindOp): void {
  checkUint32('flags', flags)
  checkUint32('boHandle', boHandle)
  checkUint64('boOffset', boOffset)
  checkUint64('gpuAddress', gpuAddress)
  checkUint64('sizeBytes', sizeBytes)
  syncs.forEach(checkSync)
}

function checkGroup(request: PanthorGroupRequest): void {
  checkUint32('vmId', request.vmId)
  for (const name of ['priority', 'maxComputeCores', 'maxFragmentCores', 'maxTilerCores'] as const)
    checkUint32(name, request[name])
  for (const name of ['computeCoreMask', 'fragmentCoreMask', 'tilerCoreMask'] as const)
    checkUint64(name, request[name])
  for (const { priority, ringbufSizeBytes } of request.queues) {
    checkUint32('priority', priority)
    checkUint32('ringbufSizeBytes', ringbufSizeBytes)
  }
}

function checkSubmit(submit: PanthorQueueSubmit): void {
  checkUint32('queueIndex', submit.queueIndex)
  checkUint32('streamSizeBytes', submit.streamSizeBytes)
  checkUint64('streamGpuAddress', submit.streamGpuAddress)
  checkUint32('latestFlush', submit.latestFlush)
  submit.syncs.forEach(checkSync)
}
