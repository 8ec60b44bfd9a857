/** Oracle 4: a purged buffer stays purged until it is closed. */
import { PurgesOfRaces } from './purges-of-races.js'
import { subjectOf, type Oracle } from './oracle.js'

const ACCESSES = new Set(['fill', 'verify', 'verify-in-fork', 'touch'])

export function purgedIsForEver(): Oracle {
  const races = new PurgesOfRaces()
  return {
    name: 'purged-is-for-ever',
    observe(event, before) {
      if (event.type !== 'operation') return undefined
      if (races.observe(event))
        return `${subjectOf(event)}: retained = 1, as of all buffers of a race in which one was purged`
      if (before !== 'purged') return undefined
      const { operation, outcome } = event
      if (outcome.result === 'retained') return `${subjectOf(event)}: retained = 1 after it was purged`
      if (ACCESSES.has(operation.op) && outcome.result !== 'sigbus' && outcome.result !== 'refused') {
        return `${subjectOf(event)}: the CPU could access it after it was purged`
      }
      return undefined
    },
  }
}
