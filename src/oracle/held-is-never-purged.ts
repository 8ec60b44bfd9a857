/** Oracle 3: a buffer that somebody else may use is never purged, although it was given away. */
import { subjectOf, type Oracle } from './oracle.js'

export function heldIsNeverPurged(): Oracle {
  return {
    name: 'held-is-never-purged',
    observe(event, before, isHeld) {
      // What was never given away is for willneed-is-never-purged.
      if (event.type !== 'operation' || !isHeld || before !== 'not-needed') return undefined
      const { result } = event.outcome
      if (result === 'purged') return `${subjectOf(event)}: retained = 0, though it is exported or imported`
      if (result === 'sigbus') return `${subjectOf(event)}: SIGBUS, though it is exported or imported`
      return undefined
    },
  }
}
