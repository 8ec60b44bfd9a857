/** Oracle 2: a buffer that was not given away is never purged. */
import { subjectOf, type Oracle } from './oracle.js'

export function willneedIsNeverPurged(): Oracle {
  return {
    name: 'willneed-is-never-purged',
    observe(event, before) {
      if (event.type !== 'operation' || before !== 'needed') return undefined
      const { result } = event.outcome
      if (result === 'purged') return `${subjectOf(event)}: retained = 0, though it was never given away`
      if (result === 'sigbus') return `${subjectOf(event)}: SIGBUS, though it was never given away`
      return undefined
    },
  }
}
