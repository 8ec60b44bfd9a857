/** Panfrost's ioctls on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { PanfrostCalls } from '../backend/panfrost-calls.js'
import { COST_NS } from '../sim/costs.js'
import * as panfrost from '../sim/drm/panfrost/panfrost-drv.js'
import { PanfrostFile } from '../sim/drm/panfrost/panfrost-file.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import type { AbsentIoctl } from './absent-ioctl.js'
import { checkFd, checkUint32 } from './arguments.js'

export function fakePanfrostCalls(kernel: Kernel, task: SimTask, { drm }: AbsentIoctl): PanfrostCalls {
  function ioctl<T>(fd: number, call: (file: PanfrostFile) => T | number): T | number {
    return kernel.syscall(task, COST_NS.ioctl, () => {
      const file = task.files.get(fd)
      if (file === undefined) return -ERRNO.EBADF
      return file instanceof PanfrostFile ? call(file) : file.unknownIoctl()
    })
  }
  return {
    getParam(fd, param) {
      checkFd(fd)
      checkUint32('param', param)
      return ioctl(fd, (file) => panfrost.getParam(file, param))
    },
    createBo(fd, sizeBytes, flags) {
      checkFd(fd)
      checkUint32('sizeBytes', sizeBytes)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => panfrost.createBo(file, sizeBytes, flags))
    },
    mmapBo(fd, handle, flags) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => panfrost.mmapBo(file, handle, flags))
    },
    madvise(fd, handle, advice) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkUint32('advice', advice)
      return ioctl(fd, (file) => panfrost.madvise(file, handle, advice))
    },
    submit: drm,
    waitBo: drm,
    getBoOffset: drm,
    setLabelBo: drm,
    jmCtxCreate: drm,
    jmCtxDestroy: drm,
    syncBo: drm,
    queryBoInfo: drm,
  }
}
