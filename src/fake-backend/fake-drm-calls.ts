/** The calls that every DRM driver shares, on the simulated kernel. */
import { DRM_CAP, type DrmCalls } from '../backend/drm-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { Outcome } from '../backend/outcome.js'
import { COST_NS } from '../sim/costs.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import * as dumb from '../sim/drm/drm-dumb-buffers.js'
import { fdToHandle, handleToFd } from '../sim/drm/drm-prime.js'
import { checkFd, checkString, checkUint32, checkUint32Array, checkUint64 } from './arguments.js'
import type { CallsContext } from './calls-context.js'

export function fakeDrmCalls(context: CallsContext): DrmCalls {
  const { kernel, task } = context
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
    getCap(fd, capability) {
      checkUint64('capability', BigInt(capability))
      return context.drm(fd, (file) => getCap(file, capability))
    },
    setClientCap(fd, capability, value) {
      checkUint64('capability', BigInt(capability))
      checkUint64('value', value)
      // Not allowed on a render node, and no device here has displays.
      return context.drm(fd, (file) => (file.isRenderNode ? -ERRNO.EACCES : -ERRNO.EOPNOTSUPP))
    },
    primeHandleToFd(fd, handle, flags) {
      checkUint32('handle', handle)
      checkUint32('flags', flags)
      return context.drm(fd, (file) => handleToFd(file, task, handle, flags))
    },
    primeFdToHandle(fd, dmaBufFd) {
      checkFd(dmaBufFd)
      return context.drm(fd, (file) => fdToHandle(file, task, dmaBufFd))
    },
    createDumb(fd, width, height, bitsPerPixel) {
      checkUint32('width', width)
      checkUint32('height', height)
      checkUint32('bitsPerPixel', bitsPerPixel)
      return context.drm(fd, (file) => dumb.createDumb(file, width, height, bitsPerPixel))
    },
    mapDumb(fd, handle) {
      checkUint32('handle', handle)
      return context.drm(fd, (file) => dumb.mapDumb(file, handle))
    },
    destroyDumb(fd, handle) {
      checkUint32('handle', handle)
      return context.drm(fd, (file) => dumb.destroyDumb(file, handle))
    },
  }
}

/** drm_getcap(): what displays have is EOPNOTSUPP on a device without them, and so is what nobody knows. */
function getCap(file: DrmFile, capability: number): Outcome<{ readonly value: bigint }> {
  switch (capability) {
    case DRM_CAP.TIMESTAMP_MONOTONIC:
      return { value: 1n }
    case DRM_CAP.PRIME:
      // Import and export.
      return { value: 3n }
    case DRM_CAP.SYNCOBJ:
      return { value: file.device.hasSyncobj ? 1n : 0n }
    case DRM_CAP.SYNCOBJ_TIMELINE:
      return { value: 0n }
    default:
      return -ERRNO.EOPNOTSUPP
  }
}
