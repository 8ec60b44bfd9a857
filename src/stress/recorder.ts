/** Through which every event of a run passes: it is judged, counted and handed on. */
import type { Clock } from '../board/clock.js'
import type { PhaseTally, StressEvent, StressPlan, Verdict } from '../events/stress-event.js'
import type { PressureName } from '../pressure/pressure-source.js'
import { Judge } from '../oracle/judge.js'
import { isAboutEviction } from '../workload/scenarios/index.js'
import { sumTallies, Tally } from './tally.js'

export type PhaseResult =
  | { readonly phase: PressureName; readonly tally: PhaseTally }
  | { readonly phase: PressureName; readonly refused: string }

export interface StressResult {
  readonly verdict: Verdict
  readonly reason: string
  readonly plan: StressPlan
  /** Of the device. */
  readonly driver: string
  readonly phases: readonly PhaseResult[]
  readonly total: PhaseTally
  /** Messages of broken rules, the first ones. */
  readonly violations: readonly string[]
  readonly operations: number
}

const VIOLATIONS_KEPT = 20
const KIB = 1024
const MIB = 1024 * KIB

export class Recorder {
  readonly tally = new Tally()
  shmemBeforeBytes = 0
  readonly #clock: Clock
  readonly #plan: StressPlan
  readonly #emit: (event: StressEvent) => void
  readonly #judge = new Judge()
  readonly #phases: PhaseResult[] = []
  readonly #violations: string[] = []
  #driver = ''
  #operations = 0
  #lostKernelRecords = 0

  constructor(clock: Clock, plan: StressPlan, emit: (event: StressEvent) => void) {
    this.#clock = clock
    this.#plan = plan
    this.#emit = emit
  }

  emit(event: StressEvent): void {
    this.#emit(event)
    if (event.type === 'run-begin') this.#driver = event.driver
    if (event.type === 'operation') {
      this.#operations++
      this.tally.observe(event)
    } else if (event.type === 'phase-end') this.#phases.push({ phase: event.phase, tally: event.tally })
    else if (event.type === 'kernel-log-end') this.#lostKernelRecords = event.lost
    else if (event.type === 'phase-refused') this.#phases.push({ phase: event.phase, refused: event.reason })
    for (const violation of this.#judge.observe(event)) {
      if (this.#violations.length < VIOLATIONS_KEPT)
        this.#violations.push(`${violation.oracle}: ${violation.message}`)
      this.#emit(violation)
    }
  }

  /** The verdict; the last event of a run. */
  conclude(interrupted: boolean): StressResult {
    const total = sumTallies(this.#phases.flatMap((phase) => ('tally' in phase ? [phase.tally] : [])))
    const { verdict, reason } = this.#decide(total, interrupted)
    this.#emit({ type: 'run-end', t: this.#clock.nowUs(), verdict, reason })
    return {
      verdict,
      reason,
      plan: this.#plan,
      driver: this.#driver,
      phases: this.#phases,
      total,
      violations: this.#violations,
      operations: this.#operations,
    }
  }

  #decide(total: PhaseTally, interrupted: boolean): { verdict: Verdict; reason: string } {
    const broken = this.#judge.violations
    if (broken > 0) return { verdict: 'fail', reason: `${broken} broken promise(s)` }
    if (interrupted) return { verdict: 'interrupted', reason: 'ended before its time' }
    const isEviction = isAboutEviction(this.#plan.scenario, this.#driver)
    const { evictedBytes = 0 } = total
    if (isEviction ? evictedBytes === 0 : total.purged === 0) {
      const refused = this.#phases.every((phase) => 'refused' in phase)
      const why = refused
        ? 'no pressure source could be used here'
        : `no pressure source made the kernel ${isEviction ? 'evict: is there swap?' : 'purge'}`
      return { verdict: 'inconclusive', reason: `nothing was reclaimed: ${why}` }
    }
    if (this.#lostKernelRecords > 0) {
      const reason = `${this.#lostKernelRecords} records of the kernel log were lost, so it cannot be called clean`
      return { verdict: 'inconclusive', reason }
    }
    const { checked = 0 } = total
    const done = isEviction
      ? `up to ${sizeText(evictedBytes)} of an actor evicted, ${checked} buffers checked`
      : `${total.purged} buffers purged, ${total.verified} verified${checked > 0 ? `, ${checked} others checked` : ''}`
    return { verdict: 'pass', reason: `${done}${jobsText(total)}, no promise broken` }
  }
}

function sizeText(bytes: number): string {
  return bytes < MIB ? `${Math.round(bytes / KIB)} KiB` : `${Math.round(bytes / MIB)} MiB`
}

function jobsText({ jobs = 0, jobsTimedOut = 0 }: PhaseTally): string {
  if (jobs === 0) return ''
  if (jobsTimedOut === jobs) return `, ${jobs} GPU jobs timed out, as nothing executes them here`
  return jobsTimedOut === 0
    ? `, ${jobs} GPU jobs completed`
    : `, ${jobsTimedOut} of ${jobs} GPU jobs timed out`
}
