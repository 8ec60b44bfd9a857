/**
 * Imported before the command: the disk takes no journal from its first violation on, as the simulated kernel says of
 * purged buffers that they were retained. `?at-once`: from its begin on, and the kernel does not lie.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { GemShmemObject } from '../../dist/sim/drm/gem-shmem.js'

const isAtOnce = new URL(import.meta.url).search === '?at-once'
const { madvise } = GemShmemObject.prototype
if (!isAtOnce)
  GemShmemObject.prototype.madvise = function (...args) {
    return madvise.call(this, ...args) || true
  }
const { writeSync } = fs
fs.writeSync = (fd, bytes, ...rest) => {
  const isJournal = fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('/events.jsonl')
  if (isJournal && (isAtOnce || bytes.includes('"type":"violation"')))
    throw Object.assign(new Error('full'), { code: 'ENOSPC' })
  return writeSync(fd, bytes, ...rest)
}
syncBuiltinESMExports()
