/** Oracle 8: every operation comes to an end. */
import type { Oracle } from './oracle.js'

export function noOperationHangs(): Oracle {
  return {
    name: 'no-operation-hangs',
    observe(event) {
      if (event.type !== 'hang') return undefined
      const { actor, what, pid, silentMs, doing, state, wchan } = event
      const where = [state && `state ${state}`, wchan && `in ${wchan}`].filter(Boolean).join(', ')
      const who = `${what ?? `actor ${actor}`}${pid === undefined ? '' : ` (pid ${pid})`}`
      return (
        `${who} gave no sign for ${Math.round(silentMs / 1000)} s` +
        `${doing === undefined ? '' : `, at operation ${doing}`}${where === '' ? '' : ` (${where})`}`
      )
    },
  }
}
