/** Oracle 2: a buffer that was not given away is never purged. */
import { subjectOf, type Oracle } from './oracle.js'

/**
 * i915_gem_madvise_ioctl(), i915_gem.c (6.12): what DONTNEED finds without pages, in swap or never touched, is discarded
 * by that very call, and it answers so.
 */
const DISCARDS_AT_ONCE = ['i915']

/** `driver` of what is judged, as long as no event tells. */
export function willneedIsNeverPurged(driver = ''): Oracle {
  let discardsAtOnce = DISCARDS_AT_ONCE.includes(driver)
  return {
    name: 'willneed-is-never-purged',
    observe(event, before) {
      if (event.type === 'run-begin') discardsAtOnce = DISCARDS_AT_ONCE.includes(event.driver)
      if (event.type !== 'operation' || before !== 'needed') return undefined
      const { operation, outcome } = event
      const isGivenAway = operation.op === 'madvise' && operation.advice === 'dontneed'
      if (outcome.result === 'purged' && !(isGivenAway && discardsAtOnce))
        return `${subjectOf(event)}: retained = 0, though it was never given away`
      if (outcome.result === 'sigbus') return `${subjectOf(event)}: SIGBUS, though it was never given away`
      return undefined
    },
  }
}
