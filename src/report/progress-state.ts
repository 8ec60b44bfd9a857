/** What is worth telling of a run at any time, in one line that fits. */
import type { StressEvent } from '../events/stress-event.js'
import { ConditionalRecords } from '../oracle/conditional-records.js'
import { Purges } from './purges.js'

const MIB = 1024 * 1024
/** Over which purges are counted. */
const RATE_PERIOD_US = 1_000_000

export class ProgressState {
  readonly #kernelLog = new ConditionalRecords()
  t = 0
  #phase = 'starting'
  #operations = 0
  readonly #purges = new Purges()
  #purgedBefore = 0
  #rateSinceUs = 0
  #purgedPerSecond = 0
  #freeMiB: number | undefined
  #stallPercent: number | undefined
  #stallBefore: { readonly t: number; readonly someUs: number } | undefined
  #warnings = 0
  #violations = 0

  observe(event: StressEvent): void {
    this.t = Math.max(this.t, event.t)
    if (event.type === 'phase-begin') this.#phase = event.phase
    else if (event.type === 'interleavings') this.#phase = `interleavings of ${event.hunt}`
    else if (event.type === 'sample') this.#sample(event)
    else if (event.type === 'violation') this.#violations++
    else if (event.type === 'operation') {
      this.#operations++
      this.#purges.observe(event)
    }
    for (const { severity, expected } of this.#kernelLog.observe(event))
      if (severity !== 'information' && !expected) this.#warnings++
    const periodUs = this.t - this.#rateSinceUs
    if (periodUs < RATE_PERIOD_US) return
    this.#purgedPerSecond = Math.round(((this.#purges.count - this.#purgedBefore) * 1e6) / periodUs)
    this.#purgedBefore = this.#purges.count
    this.#rateSinceUs = this.t
  }

  /** At most so many characters: what matters least is left out, from the end. */
  line(columns = Infinity): string {
    const parts = [
      this.#phase,
      ...(this.#violations > 0 ? [`BROKEN PROMISES ${this.#violations}`] : []),
      `${(this.t / 1e6).toFixed(1)} s`,
      `${this.#purges.count} purged (${this.#purgedPerSecond}/s)`,
      ...(this.#freeMiB === undefined ? [] : [`${this.#freeMiB} MiB free`]),
      ...(this.#stallPercent === undefined ? [] : [`stalled ${this.#stallPercent} %`]),
      ...(this.#warnings > 0 ? [`${this.#warnings} kernel warnings`] : []),
      `${this.#operations} operations`,
    ]
    let line = ''
    for (const part of parts) {
      const longer = line === '' ? part : `${line}  ${part}`
      if (longer.length > columns) break
      line = longer
    }
    return line === '' ? this.#phase.slice(0, columns) : line
  }

  #sample({ t, freeBytes, stall }: Extract<StressEvent, { type: 'sample' }>): void {
    this.#freeMiB = Math.round(freeBytes / MIB)
    if (stall === undefined) return
    const { someUs } = stall
    const before = this.#stallBefore
    if (before !== undefined && t > before.t)
      // What reading took on a machine that stalls is in the counter, and not in the time.
      this.#stallPercent = Math.min(100, Math.round(((someUs - before.someUs) * 100) / (t - before.t)))
    this.#stallBefore = { t, someUs }
  }
}
