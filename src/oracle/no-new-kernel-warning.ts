/** Oracle 7: the kernel's log tells of no bug that the run did not provoke on purpose, and no taint is new. */
import type { KernelLogEvent } from '../events/stress-event.js'
import { taintMeaning } from '../observe/taint.js'
import { ConditionalRecords } from './conditional-records.js'
import type { Oracle } from './oracle.js'

/** Machine check, bad page, oops, soft lockup: no run brings them about, whatever the log says. */
const NEVER = new Set(['M', 'B', 'D', 'L'])
const WARNED = 'W'

export function noNewKernelWarning(): Oracle {
  const told = new Set<string>()
  const records = new ConditionalRecords()
  let hasSeenWarning = false
  return {
    name: 'no-new-kernel-warning',
    observe(event) {
      if (event.type === 'kernel-log')
        hasSeenWarning ||= event.lines !== undefined || event.text.includes('WARNING: ')
      if (event.type !== 'kernel-log-end')
        return records.observe(event).flatMap((record) => {
          if (record.expected || (record.severity !== 'fail' && record.severity !== 'error')) return []
          // The same warning a thousand times is one finding; the journal has them all.
          const isNew = !told.has(subjectOf(record))
          told.add(subjectOf(record))
          return isNew ? [`${record.name}: ${record.text}`] : []
        })
      const broken = event.newTaint.filter(
        // A warning that was seen is judged as a record, also when it was expected.
        (letter) => NEVER.has(letter) || (letter === WARNED && !hasSeenWarning && event.lost === 0),
      )
      if (broken.length === 0) return undefined
      return `new taint: ${broken.map((letter) => `${letter} (${taintMeaning(letter)})`).join(', ')}`
    },
  }
}

/** What tells two warnings apart: their place, without processor and process. */
export function subjectOf({ name, text }: Pick<KernelLogEvent, 'name' | 'text'>): string {
  return `${name} ${/(?<!\S)\S+\.[ch]:\d+/.exec(text)?.[0] ?? ''}`
}
