/**
 * The calls that may block, on the simulated kernel: a wait goes on beside its process, in simulated time. Allocations
 * are done when they return, and there is nothing left to cancel.
 */
import type { BlockingCalls, PendingCall } from '../backend/blocking-calls.js'
import type { KernelCalls } from '../backend/backend.js'
import { checkFd, checkInt64, checkUint32 } from './arguments.js'
import type { CallsContext } from './calls-context.js'
import { pollWait } from './fake-file-calls.js'
import { panfrostWait } from './fake-panfrost-calls.js'
import { checkWait, syncobjWait } from './fake-syncobj-calls.js'
import { gemRequests, type DriverGroups } from './gem-requests.js'

type Groups = DriverGroups & Pick<KernelCalls, 'syncobj' | 'dmaHeap'>

export function fakeBlockingCalls(context: CallsContext, calls: Groups): BlockingCalls {
  const { kernel, task } = context
  const { syncobj, dmaHeap } = calls
  return {
    nowNs: () => BigInt(Math.floor(task.cpu.nowNs(kernel.nowNs()))),
    panfrostWaitBo(fd, handle, timeoutNs) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkInt64('timeoutNs', timeoutNs)
      return context.pending(() => panfrostWait(context, fd, handle, timeoutNs))
    },
    syncobjWait(fd, handles, timeoutNs, flags) {
      checkFd(fd)
      checkWait(handles, timeoutNs, flags)
      return context.pending(() => syncobjWait(context, fd, handles, timeoutNs, flags))
    },
    syncobjTimelineWait: (fd, handles, points, timeoutNs, flags) => {
      const refused = syncobj.timelineWait(fd, handles, points, timeoutNs, flags)
      return done(typeof refused === 'number' ? refused : refused.firstSignaled)
    },
    poll(fd, events, timeoutNs) {
      checkFd(fd)
      checkUint32('events', events)
      checkInt64('timeoutNs', timeoutNs)
      return context.pending(() => pollWait(context, fd, events, Number(timeoutNs)))
    },
    heapAllocate: (heapFd, lengthBytes) => done(dmaHeap.allocate(heapFd, lengthBytes)),
    createBuffer(driver, fd, sizeBytes, flags) {
      const bo = gemRequests(calls, driver).create(fd, sizeBytes, flags)
      return done(typeof bo === 'number' ? bo : bo.handle)
    },
  }
}

function done(answer: number): PendingCall {
  return { result: Promise.resolve(answer), cancel: () => undefined }
}
