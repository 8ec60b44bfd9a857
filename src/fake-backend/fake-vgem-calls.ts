/** vgem's fences on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { VgemCalls } from '../backend/vgem-calls.js'
import { VgemFile } from '../sim/drm/vgem/vgem-fence.js'
import { checkUint32 } from './arguments.js'
import type { CallsContext } from './calls-context.js'

export function fakeVgemCalls(context: CallsContext): VgemCalls {
  const ioctl = <T>(fd: number, call: (file: VgemFile) => T | number) =>
    context.drm(fd, (file) => (file instanceof VgemFile ? call(file) : -ERRNO.EINVAL))
  return {
    fenceAttach(fd, handle, flags) {
      checkUint32('handle', handle)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => file.attach(handle, flags))
    },
    fenceSignal(fd, fence) {
      checkUint32('fence', fence)
      return ioctl(fd, (file) => file.signal(fence))
    },
  }
}
