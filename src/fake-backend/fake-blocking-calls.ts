/**
 * The calls that may block, on the simulated kernel: simulated time is the only time that passes, so they are done
 * when they return, and there is nothing left to cancel.
 */
import type { KernelCalls } from '../backend/backend.js'
import type { BlockingCalls, PendingCall } from '../backend/blocking-calls.js'
import type { Kernel } from '../sim/kernel.js'
import { gemRequests, type DriverGroups } from './gem-requests.js'

type Groups = DriverGroups & Pick<KernelCalls, 'syncobj' | 'dmaBuf' | 'dmaHeap'>

export function fakeBlockingCalls(kernel: Kernel, calls: Groups): BlockingCalls {
  const { panfrost, syncobj, dmaBuf, dmaHeap } = calls
  return {
    nowNs: () => BigInt(Math.floor(kernel.nowNs())),
    panfrostWaitBo: (fd, handle, timeoutNs) => done(panfrost.waitBo(fd, handle, timeoutNs)),
    syncobjWait: (fd, handles, timeoutNs, flags) =>
      done(firstSignaled(syncobj.wait(fd, handles, timeoutNs, flags))),
    syncobjTimelineWait: (fd, handles, points, timeoutNs, flags) =>
      done(firstSignaled(syncobj.timelineWait(fd, handles, points, timeoutNs, flags))),
    poll(fd, events, timeoutNs) {
      const leftMs = Math.ceil((Number(timeoutNs) - kernel.nowNs()) / 1e6)
      return done(dmaBuf.poll(fd, events, Math.min(Math.max(leftMs, 0), 0x7fff_ffff)))
    },
    heapAllocate: (heapFd, lengthBytes) => done(dmaHeap.allocate(heapFd, lengthBytes)),
    createBuffer(driver, fd, sizeBytes, flags) {
      const bo = gemRequests(calls, driver).create(fd, sizeBytes, flags)
      return done(typeof bo === 'number' ? bo : bo.handle)
    },
  }
}

function firstSignaled(outcome: number | { readonly firstSignaled: number }): number {
  return typeof outcome === 'number' ? outcome : outcome.firstSignaled
}

function done(answer: number): PendingCall {
  return { result: Promise.resolve(answer), cancel: () => undefined }
}
