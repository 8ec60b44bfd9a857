/** All oracles of a run, fresh. Whether anything was reclaimed at all is for the verdict to say. */
import { memoryComesBack } from './memory-comes-back.js'
import { oomTakesHogsOnly } from './oom-takes-hogs-only.js'
import type { Oracle } from './oracle.js'
import { purgedIsForEver } from './purged-is-for-ever.js'
import { retainedIsIntact } from './retained-is-intact.js'
import { willneedIsNeverPurged } from './willneed-is-never-purged.js'

export function createOracles(): readonly Oracle[] {
  return [
    retainedIsIntact(),
    willneedIsNeverPurged(),
    purgedIsForEver(),
    memoryComesBack(),
    oomTakesHogsOnly(),
  ]
}
