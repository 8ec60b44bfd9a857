/**
 * Requests that the simulated kernel does not know: they are refused as a kernel without that driver or that ioctl
 * refuses them. Nothing is done, and nothing pretends to be.
 *
 * One difference to a real kernel: DRM finds a driver's request by its number alone, so that one of msm's sent to a
 * Panfrost node runs whatever Panfrost has under that number. Here it is unknown.
 */
import { ERRNO } from '../backend/errno.js'
import { COST_NS } from '../sim/costs.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { checkFd } from './arguments.js'

export interface AbsentIoctl {
  /** A request of DRM's type byte 'd': EINVAL from a DRM node (drm_ioctl()), ENOTTY or so from others, EBADF. */
  readonly drm: (fd: number) => number
}

export function absentIoctl(kernel: Kernel, task: SimTask): AbsentIoctl {
  return {
    drm(fd) {
      checkFd(fd)
      return kernel.syscall(task, COST_NS.ioctl, () => {
        const file = task.files.get(fd)
        if (file === undefined) return -ERRNO.EBADF
        return file instanceof DrmFile ? -ERRNO.EINVAL : file.unknownIoctl()
      })
    },
  }
}
