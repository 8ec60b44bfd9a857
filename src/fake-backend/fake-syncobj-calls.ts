/** Synchronization objects on the simulated kernel. No driver there has timelines: requests for points are EOPNOTSUPP. */
import { ERRNO } from '../backend/errno.js'
import type { SyncobjCalls } from '../backend/syncobj-calls.js'
import { STUB_FENCE } from '../sim/dma-buf/dma-fence.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import type { SyncobjTable } from '../sim/drm/drm-syncobj.js'
import { checkFd, checkInt64, checkUint32, checkUint32Array, checkUint64Array } from './arguments.js'
import { deadlineOf, type Blocking, type CallsContext } from './calls-context.js'

export function fakeSyncobjCalls(context: CallsContext): SyncobjCalls {
  const { task } = context
  const ioctl = <T>(fd: number, call: (table: SyncobjTable) => T | number) =>
    context.drm(fd, (file) => (file.device.hasSyncobj ? call(file.syncobjs) : -ERRNO.EOPNOTSUPP))
  const noTimeline = (fd: number) => context.drm(fd, () => -ERRNO.EOPNOTSUPP)
  return {
    create(fd, flags) {
      checkUint32('flags', flags)
      return ioctl(fd, (table) => table.create(flags))
    },
    destroy(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (table) => table.destroy(handle))
    },
    wait(fd, handles, timeoutNs, flags) {
      checkWait(handles, timeoutNs, flags)
      const answer = context.drm(fd, () => context.wait(syncobjWait(context, fd, handles, timeoutNs, flags)))
      return answer < 0 ? answer : { firstSignaled: answer }
    },
    timelineWait(fd, handles, points, timeoutNs, flags) {
      checkWait(handles, timeoutNs, flags)
      checkUint64Array('points', points, handles.length)
      return noTimeline(fd)
    },
    reset(fd, handles) {
      checkUint32Array('handles', handles)
      return ioctl(fd, (table) => table.replaceAll(handles, null))
    },
    signal(fd, handles) {
      checkUint32Array('handles', handles)
      return ioctl(fd, (table) => table.replaceAll(handles, STUB_FENCE))
    },
    timelineSignal(fd, handles, points) {
      checkUint32Array('handles', handles)
      checkUint64Array('points', points, handles.length)
      return noTimeline(fd)
    },
    query(fd, handles, flags) {
      checkUint32Array('handles', handles)
      checkUint32('flags', flags)
      return noTimeline(fd)
    },
    handleToFd(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (table) => table.handleToFd(task, handle))
    },
    fdToHandle(fd, syncobjFd) {
      checkFd(syncobjFd)
      return ioctl(fd, (table) => table.fdToHandle(task, syncobjFd))
    },
    exportSyncFile(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (table) => table.exportSyncFile(task, handle))
    },
    importSyncFile(fd, handle, syncFileFd) {
      checkUint32('handle', handle)
      checkFd(syncFileFd)
      return ioctl(fd, (table) => table.importSyncFile(task, handle, syncFileFd))
    },
  }
}

export function checkWait(handles: Uint32Array, timeoutNs: bigint, flags: number): void {
  checkUint32Array('handles', handles)
  checkInt64('timeoutNs', timeoutNs)
  checkUint32('flags', flags)
}

/** SYNCOBJ_WAIT inside a system call of its process: what it waits for. */
export function syncobjWait(
  { task }: CallsContext,
  fd: number,
  handles: Uint32Array,
  timeoutNs: bigint,
  flags: number,
): Blocking {
  const file = task.files.get(fd)
  if (file === undefined) return -ERRNO.EBADF
  if (!(file instanceof DrmFile)) return file.unknownIoctl()
  if (!file.device.hasSyncobj) return -ERRNO.EOPNOTSUPP
  const wait = file.syncobjs.wait(handles, flags)
  return typeof wait === 'number' ? wait : { wait, deadlineNs: deadlineOf(timeoutNs), late: -ERRNO.ETIME }
}
