/** dma-bufs, sync files and fdinfo on the simulated kernel. */
import type { DmaBufCalls } from '../backend/dma-buf-calls.js'
import { POLLNVAL } from '../backend/dma-buf-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { FdinfoCalls } from '../backend/fdinfo-calls.js'
import type { SyncFileCalls } from '../backend/sync-file-calls.js'
import { COST_NS } from '../sim/costs.js'
import { DmaBufFile } from '../sim/dma-buf/dma-buf.js'
import { SyncFile } from '../sim/dma-buf/sync-file.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import { fdinfoText } from '../sim/fs/procfs.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimFile } from '../sim/process/file.js'
import { checkFd, checkInt32, checkString, checkUint32 } from './arguments.js'
import type { Blocking, CallsContext } from './calls-context.js'

/** Inode numbers are given out as files are asked for them; files of all processes share the numbers. */
const inodes = new WeakMap<Kernel, { next: bigint; readonly numbers: WeakMap<SimFile, bigint> }>()

export function fakeDmaBufCalls(context: CallsContext): DmaBufCalls {
  const { kernel, task } = context
  const ioctl = (fd: number, call: (file: DmaBufFile) => number) =>
    context.withFile(fd, COST_NS.ioctl, (file) =>
      file instanceof DmaBufFile ? call(file) : unknownIoctl(file),
    )
  return {
    setName(fd, name) {
      checkString('name', name)
      return ioctl(fd, (file) => file.setName(name))
    },
    exportSyncFile(fd, flags) {
      checkUint32('flags', flags)
      return ioctl(fd, (file) => file.exportSyncFile(task, flags, kernel.taskNowNs()))
    },
    importSyncFile(fd, flags, syncFileFd) {
      checkUint32('flags', flags)
      checkFd(syncFileFd)
      return ioctl(fd, (file) => file.importSyncFile(task, flags, syncFileFd, kernel.taskNowNs()))
    },
    poll(fd, events, timeoutMs) {
      checkFd(fd)
      checkUint32('events', events)
      checkInt32('timeoutMs', timeoutMs)
      return kernel.syscall(task, COST_NS.syscall, () => {
        // A negative one has no end.
        const deadlineNs = timeoutMs < 0 ? Infinity : kernel.taskNowNs() + timeoutMs * 1e6
        return context.wait(pollWait(context, fd, events, deadlineNs))
      })
    },
    inode: (fd) => context.withFile(fd, COST_NS.syscall, (file) => ({ inode: inodeOf(kernel, file) })),
  }
}

/** poll(2) inside a system call of its process: what it waits for. */
export function pollWait({ task }: CallsContext, fd: number, events: number, deadlineNs: number): Blocking {
  const file = task.files.get(fd)
  if (file === undefined) return POLLNVAL
  const wait = {
    check: (nowNs: number) => file.poll(events, nowNs) || undefined,
    nextNs: (nowNs: number) => file.pollChangesAtNs(events, nowNs),
  }
  return { wait, deadlineNs, late: 0 }
}

/** A request of another type byte than DRM's. */
function unknownIoctl(file: SimFile): number {
  return file instanceof DrmFile ? -ERRNO.ENOTTY : file.unknownIoctl()
}

function inodeOf(kernel: Kernel, file: SimFile): bigint {
  const known = inodes.get(kernel) ?? { next: 1n, numbers: new WeakMap() }
  inodes.set(kernel, known)
  const inode = known.numbers.get(file) ?? known.next++
  known.numbers.set(file, inode)
  return inode
}

export function fakeSyncFileCalls(context: CallsContext): SyncFileCalls {
  const { kernel, task } = context
  const ioctl = <T>(fd: number, call: (file: SyncFile) => T | number) =>
    context.withFile(fd, COST_NS.ioctl, (file) =>
      file instanceof SyncFile ? call(file) : unknownIoctl(file),
    )
  return {
    info: (fd) => ioctl(fd, (file) => file.info(kernel.taskNowNs())),
    merge(fd, otherFd, name) {
      checkFd(otherFd)
      checkString('name', name)
      return ioctl(fd, (file) => file.merge(task, otherFd, name, kernel.taskNowNs()))
    },
    close: (fd) => context.withFile(fd, COST_NS.fileOperation, () => task.files.close(fd)),
  }
}

export function fakeFdinfoCalls({ kernel, task }: CallsContext): FdinfoCalls {
  return {
    read(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.fileOperation, () => {
        const file = task.files.get(fd)
        return file === undefined ? -ERRNO.ENOENT : { text: fdinfoText(kernel, file) }
      })
    },
  }
}
