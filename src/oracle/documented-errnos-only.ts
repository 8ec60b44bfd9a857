/** Oracle 5: an operation is refused only with an error that its interface documents, and a closed handle always is. */
import type { Operation } from '../workload/operation.js'
import { DOCUMENTED_ERRNOS, NO_SUCH_HANDLE, SHARED_MADVISE } from './documented-errnos.js'
import { subjectOf, type Oracle } from './oracle.js'

/** Requests that name a handle. */
const BY_HANDLE = new Set<Operation['op']>(['map', 'madvise', 'export', 'submit', 'close-handle'])

export function documentedErrnosOnly(): Oracle {
  return {
    name: 'documented-errnos-only',
    observe(event, _before, isHeld, isClosed) {
      if (event.type !== 'operation') return undefined
      const { operation, outcome } = event
      const isGone = isClosed && BY_HANDLE.has(operation.op)
      if (outcome.result !== 'refused')
        return isGone ? `${subjectOf(event)}: ${outcome.result}, though its handle was closed` : undefined
      const documented = [...DOCUMENTED_ERRNOS[operation.op]]
      if (isHeld && operation.op === 'madvise' && operation.advice === 'dontneed')
        documented.push(SHARED_MADVISE)
      if (isGone) documented.push(...NO_SUCH_HANDLE)
      if (documented.some(({ code }) => code === outcome.code)) return undefined
      const codes = documented.map(({ code }) => code).join(', ')
      const known = codes === '' ? 'none is documented' : `documented are ${codes}`
      return `${subjectOf(event)}: ${outcome.request} answered ${outcome.code}; ${known}`
    },
  }
}
