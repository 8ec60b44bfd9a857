/** Imported before the command: after a while the simulated kernel says of purged buffers that they were retained. */
import { GemShmemObject } from '../../dist/sim/drm/gem-shmem.js'

/** A run of the tests has less than half as many. */
const TRUE_ANSWERS = 400

let purged = 0
const { madvise } = GemShmemObject.prototype
GemShmemObject.prototype.madvise = function (advice) {
  const isRetained = madvise.call(this, advice)
  if (!isRetained) purged++
  return isRetained || purged > TRUE_ANSWERS
}
