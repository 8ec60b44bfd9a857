/** What the kernel's log said during a run, counted by name. */
import type { KernelLogEvent, StressEvent } from '../events/stress-event.js'
import type { Severity } from '../observe/kernel-messages/message.js'
import { taintLetters } from '../observe/taint.js'
import { ConditionalRecords } from '../oracle/conditional-records.js'

export interface KernelLogMessages {
  readonly name: string
  readonly severity: Severity
  readonly count: number
  /** Of those: provoked on purpose. */
  readonly expected: number
  /** Of those: the run ended before it showed whether they were provoked; absent when there are none. */
  readonly notJudged?: number
  /** The text of the first one. */
  readonly first: string
  /** For what is in the catalogue. */
  readonly meaning?: string
}

export interface KernelLogSummary {
  readonly readable: boolean
  /** Why not. */
  readonly reason?: string
  readonly records: number
  /** Records that were overwritten before they could be read. */
  readonly lost: number
  /** Letters, as the kernel prints them. */
  readonly taintBefore: string
  readonly newTaint: string
  /** Known messages, in the order in which they were first seen. */
  readonly messages: readonly KernelLogMessages[]
}

export class KernelLogCounter {
  readonly #messages = new Map<string, Omit<KernelLogMessages, 'expected' | 'notJudged'>>()
  readonly #conditional = new ConditionalRecords()
  readonly #expected = new Map<string, number>()
  #head: Pick<KernelLogSummary, 'readable' | 'reason' | 'taintBefore'> = { readable: false, taintBefore: '' }
  #records = 0
  #lost = 0
  #newTaint = ''

  observe(event: StressEvent): void {
    if (event.type === 'kernel-log-begin') {
      const { readable, reason, taint = 0 } = event
      this.#head = {
        readable,
        ...(reason !== undefined && { reason }),
        taintBefore: taintLetters(taint).join(''),
      }
    } else if (event.type === 'kernel-log-end') {
      this.#lost = event.lost
      this.#newTaint = event.newTaint.join('')
    } else if (event.type === 'kernel-log') this.#count(event)
    for (const { name, expected } of this.#conditional.observe(event))
      if (expected) this.#expected.set(name, (this.#expected.get(name) ?? 0) + 1)
  }

  summary(): KernelLogSummary {
    return {
      ...this.#head,
      records: this.#records,
      lost: this.#lost,
      newTaint: this.#newTaint,
      messages: [...this.#messages.values()].map((message) => {
        const notJudged = this.#conditional.held.filter(({ name }) => name === message.name).length
        const expected = this.#expected.get(message.name) ?? 0
        return { ...message, expected, ...(notJudged > 0 && { notJudged }) }
      }),
    }
  }

  #count({ name, severity, meaning, text }: KernelLogEvent): void {
    this.#records++
    if (meaning === undefined && severity === 'information') return
    const known = this.#messages.get(name)
    this.#messages.set(name, {
      name,
      severity,
      count: (known?.count ?? 0) + 1,
      first: known?.first ?? text,
      ...(meaning !== undefined && { meaning }),
    })
  }
}
