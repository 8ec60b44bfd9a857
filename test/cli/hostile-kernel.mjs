/** Imported before the command: the simulated kernel prints a bug with control characters of a terminal in it. */
import { GemShmemObject } from '../../dist/sim/drm/gem-shmem.js'

let hasPrinted = false
const { madvise } = GemShmemObject.prototype
GemShmemObject.prototype.madvise = function (...args) {
  if (!hasPrinted) this.device.kernel.log.print('BUG: KASAN: x\u001b[2J\u009b2J\rpass: y\u202e')
  hasPrinted = true
  return madvise.call(this, ...args)
}
