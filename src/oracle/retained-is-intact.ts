/** Oracle 1: what the kernel says is retained has its content, byte for byte. */
import { subjectOf, type Oracle } from './oracle.js'

export function retainedIsIntact(): Oracle {
  return {
    name: 'retained-is-intact',
    observe(event) {
      if (event.type !== 'operation' || event.outcome.result !== 'corrupt') return undefined
      return `${subjectOf(event)}: the byte at offset ${event.outcome.offset} is not what was written`
    },
  }
}
