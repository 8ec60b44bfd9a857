/** Oracle 5: an operation is refused only with an error that its kernel interface documents. */
import { DOCUMENTED_ERRNOS, SHARED_MADVISE } from './documented-errnos.js'
import { subjectOf, type Oracle } from './oracle.js'

export function documentedErrnosOnly(): Oracle {
  return {
    name: 'documented-errnos-only',
    observe(event, _before, isHeld) {
      if (event.type !== 'operation' || event.outcome.result !== 'refused') return undefined
      const { operation, outcome } = event
      const documented = [...DOCUMENTED_ERRNOS[operation.op]]
      if (isHeld && operation.op === 'madvise' && operation.advice === 'dontneed')
        documented.push(SHARED_MADVISE)
      if (documented.some(({ code }) => code === outcome.code)) return undefined
      const codes = documented.map(({ code }) => code).join(', ')
      const known = codes === '' ? 'none is documented' : `documented are ${codes}`
      return `${subjectOf(event)}: ${outcome.request} answered ${outcome.code}; ${known}`
    },
  }
}
