/** All oracles of a run, fresh. `driver` of the device, where no event tells it. Whether anything was reclaimed at all is for the verdict to say. */
import { documentedErrnosOnly } from './documented-errnos-only.js'
import { heldIsNeverPurged } from './held-is-never-purged.js'
import { memoryComesBack } from './memory-comes-back.js'
import { noNewKernelWarning } from './no-new-kernel-warning.js'
import { noOperationHangs } from './no-operation-hangs.js'
import { oomTakesHogsOnly } from './oom-takes-hogs-only.js'
import type { Oracle } from './oracle.js'
import { purgedIsForEver } from './purged-is-for-ever.js'
import { retainedIsIntact } from './retained-is-intact.js'
import { willneedIsNeverPurged } from './willneed-is-never-purged.js'

export function createOracles(driver?: string): readonly Oracle[] {
  return [
    retainedIsIntact(),
    willneedIsNeverPurged(driver),
    heldIsNeverPurged(),
    purgedIsForEver(),
    documentedErrnosOnly(),
    memoryComesBack(),
    noNewKernelWarning(),
    noOperationHangs(),
    oomTakesHogsOnly(),
  ]
}
