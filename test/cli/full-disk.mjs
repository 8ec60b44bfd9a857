/**
 * Imported before the command: the disk takes no journal from its first violation on, as the simulated kernel says of
 * purged buffers that they were retained. `?at-once`: from its begin on, and the kernel does not lie. `?kmsg`: it takes no
 * kmsg.log instead.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { GemShmemObject } from '../../dist/sim/drm/gem-shmem.js'

const { search } = new URL(import.meta.url)
const isAtOnce = search !== ''
const file = search === '?kmsg' ? '/kmsg.log' : '/events.jsonl'
const { madvise } = GemShmemObject.prototype
if (!isAtOnce)
  GemShmemObject.prototype.madvise = function (...args) {
    return madvise.call(this, ...args) || true
  }
const { writeSync } = fs
fs.writeSync = (fd, bytes, ...rest) => {
  const isRefused = fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith(file)
  if (isRefused && (isAtOnce || bytes.includes('"type":"violation"')))
    throw Object.assign(new Error('full'), { code: 'ENOSPC' })
  return writeSync(fd, bytes, ...rest)
}
syncBuiltinESMExports()
