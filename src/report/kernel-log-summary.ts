/** What the kernel's log said during a run, counted by name. */
import type { StressEvent } from '../events/stress-event.js'
import type { Severity } from '../observe/kernel-messages/message.js'
import { taintLetters } from '../observe/taint.js'

export interface KernelLogMessages {
  readonly name: string
  readonly severity: Severity
  readonly count: number
  /** Of those: provoked on purpose. */
  readonly expected: number
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
  readonly #messages = new Map<string, KernelLogMessages>()
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
    } else if (event.type === 'kernel-log') {
      this.#records++
      const { name, severity, meaning, text, expected } = event
      if (meaning === undefined && severity === 'information') return
      const known = this.#messages.get(name)
      this.#messages.set(name, {
        name,
        severity,
        count: (known?.count ?? 0) + 1,
        expected: (known?.expected ?? 0) + (expected ? 1 : 0),
        first: known?.first ?? text,
        ...(meaning !== undefined && { meaning }),
      })
    }
  }

  summary(): KernelLogSummary {
    return {
      ...this.#head,
      records: this.#records,
      lost: this.#lost,
      newTaint: this.#newTaint,
      messages: [...this.#messages.values()],
    }
  }
}
