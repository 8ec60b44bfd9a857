/** i915's ioctls on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { I915Calls } from '../backend/i915-calls.js'
import type { DrmFile } from '../sim/drm/drm-file.js'
import { I915File } from '../sim/drm/i915/i915-device.js'
import * as i915 from '../sim/drm/i915/i915-drv.js'
import { checkInt32, checkUint32, checkUint64 } from './arguments.js'
import type { CallsContext } from './calls-context.js'

export function fakeI915Calls(context: CallsContext): I915Calls {
  const ioctl = <T>(fd: number, call: (file: I915File) => T | number) =>
    context.drm(fd, (file: DrmFile) => (file instanceof I915File ? call(file) : -ERRNO.EINVAL))
  return {
    gemCreate(fd, sizeBytes) {
      checkUint64('sizeBytes', sizeBytes)
      return ioctl(fd, (file) => i915.gemCreate(file, sizeBytes))
    },
    gemCreateExt(fd, sizeBytes, flags, regions) {
      checkUint64('sizeBytes', sizeBytes)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => i915.gemCreateExt(file, sizeBytes, flags, regions))
    },
    gemMmapOffset(fd, handle, flags) {
      checkUint32('handle', handle)
      checkUint64('flags', flags)
      return ioctl(fd, (file) => i915.gemMmapOffset(file, handle, flags))
    },
    gemMadvise(fd, handle, advice) {
      checkUint32('handle', handle)
      checkUint32('advice', advice)
      return ioctl<ReturnType<I915Calls['gemMadvise']>>(fd, (file) => i915.gemMadvise(file, handle, advice))
    },
    gemGetAperture: (fd) => ioctl(fd, (file) => i915.getAperture(file)),
    getParam(fd, param) {
      checkInt32('param', param)
      return ioctl(fd, (file) => i915.getParam(file, param))
    },
  }
}
