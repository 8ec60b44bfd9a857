/** dma-bufs, sync files, memfds and fdinfo, as far as the simulated kernel has them. */
import type { DmaBufCalls } from '../backend/dma-buf-calls.js'
import { POLLIN, POLLNVAL, POLLOUT } from '../backend/dma-buf-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { FdinfoCalls } from '../backend/fdinfo-calls.js'
import type { SyncFileCalls } from '../backend/sync-file-calls.js'
import type { UdmabufCalls } from '../backend/udmabuf-calls.js'
import { COST_NS } from '../sim/costs.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimFile } from '../sim/process/file.js'
import type { SimTask } from '../sim/process/task-struct.js'
import type { AbsentIoctl } from './absent-ioctl.js'
import { checkByteCount, checkFd, checkString, checkUint32 } from './arguments.js'

/** Inode numbers are given out as files are asked for them; files of all processes share the numbers. */
const inodes = new WeakMap<Kernel, { next: bigint; readonly numbers: WeakMap<SimFile, bigint> }>()

export function fakeDmaBufCalls(kernel: Kernel, task: SimTask, { other }: AbsentIoctl): DmaBufCalls {
  return {
    setName: other,
    exportSyncFile: other,
    importSyncFile: other,
    poll(fd, events) {
      checkFd(fd)
      checkUint32('events', events)
      // No file here has anybody to wait for: all are ready at once, as one without a poll function is.
      return kernel.syscall(task, COST_NS.syscall, () =>
        task.files.get(fd) === undefined ? POLLNVAL : events & (POLLIN | POLLOUT),
      )
    },
    inode(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.syscall, () => {
        const file = task.files.get(fd)
        return file === undefined ? -ERRNO.EBADF : { inode: inodeOf(kernel, file) }
      })
    },
  }
}

function inodeOf(kernel: Kernel, file: SimFile): bigint {
  const known = inodes.get(kernel) ?? { next: 1n, numbers: new WeakMap() }
  inodes.set(kernel, known)
  const inode = known.numbers.get(file) ?? known.next++
  known.numbers.set(file, inode)
  return inode
}

export function fakeSyncFileCalls(kernel: Kernel, task: SimTask, { other }: AbsentIoctl): SyncFileCalls {
  return { info: other, merge: other, close: (fd) => closeFile(kernel, task, fd) }
}

/** A kernel without memfd_create(2) and without CONFIG_UDMABUF. */
export function fakeUdmabufCalls(kernel: Kernel, task: SimTask, { other }: AbsentIoctl): UdmabufCalls {
  return {
    createMemfd(name, sizeBytes) {
      checkString('name', name)
      checkByteCount('sizeBytes', sizeBytes, 1)
      return kernel.syscall(task, COST_NS.syscall, () => -ERRNO.ENOSYS)
    },
    addSeals(fd, seals) {
      checkFd(fd)
      checkUint32('seals', seals)
      return kernel.syscall(task, COST_NS.syscall, () =>
        task.files.get(fd) === undefined ? -ERRNO.EBADF : -ERRNO.EINVAL,
      )
    },
    open: () => kernel.syscall(task, COST_NS.fileOperation, () => -ERRNO.ENOENT),
    create: other,
    createList: other,
    close: (fd) => closeFile(kernel, task, fd),
  }
}

/** The simulated /proc has no fdinfo. */
export function fakeFdinfoCalls(kernel: Kernel, task: SimTask): FdinfoCalls {
  return {
    read(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.fileOperation, () => -ERRNO.ENOENT)
    },
  }
}

function closeFile(kernel: Kernel, task: SimTask, fd: number): number {
  checkFd(fd)
  return kernel.syscall(task, COST_NS.fileOperation, () => task.files.close(fd))
}
