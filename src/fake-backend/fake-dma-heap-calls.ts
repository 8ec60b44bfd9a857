/** dma-buf heaps and dma-bufs on the simulated kernel. */
import type { DmaHeapCalls } from '../backend/dma-heap-calls.js'
import { ERRNO } from '../backend/errno.js'
import { COST_NS } from '../sim/costs.js'
import { DmaBufFile } from '../sim/dma-buf/dma-buf.js'
import { DmaHeapFile } from '../sim/dma-buf/dma-heap.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimFile } from '../sim/process/file.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { checkByteCount, checkFd, checkString, checkUint32 } from './arguments.js'

export function fakeDmaHeapCalls(kernel: Kernel, task: SimTask): DmaHeapCalls {
  function withFile(fd: number, costNs: number, call: (file: SimFile) => number): number {
    checkFd(fd)
    return kernel.syscall(task, costNs, () => {
      const file = task.files.get(fd)
      return file === undefined ? -ERRNO.EBADF : call(file)
    })
  }
  return {
    list: () =>
      kernel.syscall(task, COST_NS.fileOperation, () =>
        [...kernel.heaps.all()].map(({ name }) => name).sort(),
      ),
    open(name) {
      checkString('name', name)
      return kernel.syscall(task, COST_NS.fileOperation, () => {
        if (name === '' || name === '.' || name === '..' || name.includes('/')) return -ERRNO.EINVAL
        const heap = kernel.heaps.get(name)
        return heap === undefined ? -ERRNO.ENOENT : task.files.install(heap.open())
      })
    },
    allocate(heapFd, lengthBytes) {
      checkByteCount('lengthBytes', lengthBytes)
      return withFile(heapFd, COST_NS.ioctl, (file) =>
        file instanceof DmaHeapFile ? file.heap.allocate(task, lengthBytes) : file.unknownIoctl(),
      )
    },
    size: (fd) => withFile(fd, COST_NS.syscall, (file) => file.seekEnd()),
    sync(fd, flags) {
      checkUint32('flags', flags)
      return withFile(fd, COST_NS.ioctl, (file) => {
        if (file instanceof DmaBufFile) return file.sync(kernel, flags)
        if (!(file instanceof DmaHeapFile)) return file.unknownIoctl()
        // A heap takes SYNC, whose number is 0 too, for ALLOC of `flags` bytes: it makes a dma-buf, and because the
        // request is too short for the answer nobody learns its descriptor.
        return Math.min(0, file.heap.allocate(task, flags))
      })
    },
    close: (fd) => withFile(fd, COST_NS.fileOperation, () => task.files.close(fd)),
  }
}
