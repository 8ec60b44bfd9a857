/** Memory files and /dev/udmabuf on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { UdmabufCalls, UdmabufItem } from '../backend/udmabuf-calls.js'
import { COST_NS } from '../sim/costs.js'
import { UdmabufFile } from '../sim/dma-buf/udmabuf.js'
import { createMemfd, MemfdFile } from '../sim/fs/memfd.js'
import { checkByteCount, checkFd, checkString, checkUint32, checkUint64 } from './arguments.js'
import type { CallsContext } from './calls-context.js'

export function fakeUdmabufCalls(context: CallsContext): UdmabufCalls {
  const { kernel, task } = context
  const ioctl = (fd: number, call: (file: UdmabufFile) => number) =>
    context.withFile(fd, COST_NS.ioctl, (file) =>
      file instanceof UdmabufFile ? call(file) : file.unknownIoctl(),
    )
  return {
    createMemfd(name, sizeBytes) {
      checkString('name', name)
      checkByteCount('sizeBytes', sizeBytes, 1)
      return kernel.syscall(task, COST_NS.fileOperation, () => createMemfd(kernel, task, sizeBytes))
    },
    addSeals(fd, seals) {
      checkUint32('seals', seals)
      return context.withFile(fd, COST_NS.syscall, (file) =>
        file instanceof MemfdFile ? file.addSeals(seals) : -ERRNO.EINVAL,
      )
    },
    open: () =>
      kernel.syscall(task, COST_NS.fileOperation, () => task.files.install(new UdmabufFile(kernel))),
    create(udmabufFd, item) {
      checkItem(item)
      return ioctl(udmabufFd, (file) => file.create(task, item))
    },
    createList(udmabufFd, items) {
      for (const item of items) checkItem(item)
      return ioctl(udmabufFd, (file) => file.createList(task, items))
    },
    close: (fd) => context.withFile(fd, COST_NS.fileOperation, () => task.files.close(fd)),
  }
}

function checkItem({ memfd, offset, sizeBytes }: UdmabufItem): void {
  checkFd(memfd)
  checkUint64('offset', offset)
  checkUint64('sizeBytes', sizeBytes)
}
