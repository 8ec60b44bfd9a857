/** The calls that every DRM driver shares, on the simulated kernel. */
import type { DrmCalls } from '../backend/drm-calls.js'
import { ERRNO } from '../backend/errno.js'
import { COST_NS } from '../sim/costs.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import type { AbsentIoctl } from './absent-ioctl.js'
import { checkFd, checkString, checkUint32, checkUint32Array } from './arguments.js'

export function fakeDrmCalls(kernel: Kernel, task: SimTask, { drm }: AbsentIoctl): DrmCalls {
  function gemClose(fd: number, handle: number): number {
    checkFd(fd)
    checkUint32('handle', handle)
    return kernel.syscall(task, COST_NS.ioctl, () => {
      const file = task.files.get(fd)
      if (file === undefined) return -ERRNO.EBADF
      return file instanceof DrmFile ? file.deleteHandle(handle) : file.unknownIoctl()
    })
  }
  return {
    listNodes: () =>
      kernel.syscall(task, COST_NS.fileOperation, () => kernel.drmDevices.map(({ node }) => ({ ...node }))),
    open(path) {
      checkString('path', path)
      return kernel.syscall(task, COST_NS.fileOperation, () => {
        const file = kernel.fileSystem.open(path)
        return typeof file === 'number' ? file : task.files.install(file)
      })
    },
    close(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.fileOperation, () => task.files.close(fd))
    },
    version(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.ioctl, () => {
        const file = task.files.get(fd)
        if (file === undefined) return -ERRNO.EBADF
        return file instanceof DrmFile ? { ...file.device.version } : file.unknownIoctl()
      })
    },
    gemClose,
    gemCloseMany(fd, handles) {
      checkFd(fd)
      checkUint32Array('handles', handles)
      const refused = handles.findIndex((handle) => gemClose(fd, handle) < 0)
      return refused < 0 ? handles.length : refused
    },
    getCap: drm,
    setClientCap: drm,
    primeHandleToFd: drm,
    primeFdToHandle: drm,
    createDumb: drm,
    mapDumb: drm,
    destroyDumb: drm,
  }
}
