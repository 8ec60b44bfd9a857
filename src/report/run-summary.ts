/** Makes result.json from the events of a run, also of one that was cut off. */
import {
  ORACLE_NAMES,
  type OomKillEvent,
  type OracleName,
  type PhaseBegin,
  type RunBegin,
  type RunEnd,
  type StressEvent,
} from '../events/stress-event.js'
import { sumTallies, Tally } from '../stress/tally.js'
import { KernelLogCounter } from './kernel-log-summary.js'
import { Latencies } from './latencies.js'
import { replayCommand } from './replay-command.js'
import { ResultDirectoryError } from './result-directory.js'
import type { PhaseJson, ResultJson } from './result-json.js'

const VIOLATIONS_KEPT = 20
const OOM_KILLS_KEPT = 100

export class RunSummary {
  readonly #latencies = new Latencies()
  readonly #kernelLog = new KernelLogCounter()
  readonly #phases: PhaseJson[] = []
  readonly #violations: string[] = []
  readonly #interleavings: NonNullable<ResultJson['interleavings']>[number][] = []
  readonly #oomKills: NonNullable<ResultJson['oomKills']>[number][] = []
  readonly #leftBehind: NonNullable<ResultJson['leftBehind']>[number][] = []
  readonly #broken = new Map<OracleName, number>()
  readonly #tally = new Tally()
  #begin: RunBegin | undefined
  /** Of the phase that goes on. */
  #phase: PhaseBegin | undefined
  #isMemoryCompared = false
  #end: RunEnd | undefined
  #operations = 0
  #lastUs = 0
  #samples = 0
  #samplingUs = 0

  observe(event: StressEvent): void {
    this.#lastUs = Math.max(this.#lastUs, event.t)
    this.#kernelLog.observe(event)
    if (event.type === 'run-begin') this.#begin = event
    else if (event.type === 'run-end') this.#end = event
    else if (event.type === 'operation') {
      this.#operations++
      this.#latencies.observe(event)
      this.#tally.observe(event)
    } else if (event.type === 'phase-begin') {
      this.#phase = event
      this.#tally.take()
    } else if (event.type === 'phase-end') {
      this.#phases.push({ pressure: event.phase, ...event.tally })
      this.#phase = undefined
    } else if (event.type === 'memory-check') this.#isMemoryCompared = event.when === 'after'
    else if (event.type === 'phase-refused')
      this.#phases.push({ pressure: event.phase, refused: event.reason })
    else if (event.type === 'interleavings') {
      const { hunt, about, seeds, found } = event
      this.#interleavings.push({ hunt, about, seeds, ...(found !== undefined && { found }) })
    } else if (event.type === 'sample') {
      this.#samples++
      this.#samplingUs += event.costUs
    } else if (event.type === 'oom-kill') {
      const kill: Omit<OomKillEvent, 'type'> & { type?: string } = { ...event }
      delete kill.type
      if (this.#oomKills.length < OOM_KILLS_KEPT) this.#oomKills.push(kill)
    } else if (event.type === 'left-behind') this.#leftBehind.push({ what: event.what, reason: event.reason })
    else if (event.type === 'violation') {
      this.#broken.set(event.oracle, (this.#broken.get(event.oracle) ?? 0) + 1)
      if (this.#violations.length < VIOLATIONS_KEPT)
        this.#violations.push(`${event.oracle}: ${event.message}`)
    }
  }

  get begun(): boolean {
    return this.#begin !== undefined
  }

  /** Throws ResultDirectoryError when no run began. */
  result(directory: string): ResultJson {
    const begin = this.#begin
    if (begin === undefined)
      throw new ResultDirectoryError(`${directory} holds a journal in which no run begins`)
    const phases = [...this.#phases, ...this.#cutOffPhase()]
    const conclusion = this.#conclusion()
    return {
      schema: 1,
      gemrig: begin.gemrig,
      board: {
        kind: begin.board,
        description: begin.description,
        ...(begin.hostname !== undefined && { hostname: begin.hostname }),
      },
      driver: { name: begin.driver, version: begin.driverVersion, node: begin.node },
      ...(begin.startedAt !== undefined && { startedAt: begin.startedAt }),
      ...conclusion,
      complete: this.#end !== undefined,
      endedEarly: conclusion.verdict === 'interrupted' || this.#end === undefined || !this.#isMemoryCompared,
      replay: replayCommand(begin),
      plan: begin.plan,
      operations: this.#operations,
      durationMs: Math.round((this.#lastUs - begin.t) / 1000),
      phases,
      total: sumTallies(phases.flatMap((phase) => ('refused' in phase ? [] : [phase]))),
      violations: this.#violations,
      oracles: Object.fromEntries(ORACLE_NAMES.map((name) => [name, this.#broken.get(name) ?? 0])) as Record<
        OracleName,
        number
      >,
      kernelLog: this.#kernelLog.summary(),
      ...(this.#oomKills.length > 0 && { oomKills: this.#oomKills }),
      ...(this.#leftBehind.length > 0 && { leftBehind: this.#leftBehind }),
      ...(this.#interleavings.length > 0 && { interleavings: this.#interleavings }),
      latencies: this.#latencies.list(),
      sampling: {
        samples: this.#samples,
        meanUs: Math.round(this.#samplingUs / Math.max(1, this.#samples)),
        share: Number((this.#samplingUs / Math.max(1, this.#lastUs - begin.t)).toFixed(4)),
      },
      directory,
    }
  }

  /** What is known of the phase in which the journal ends. */
  #cutOffPhase(): PhaseJson[] {
    if (this.#phase === undefined) return []
    const { phase, t } = this.#phase
    const durationMs = Math.round((this.#lastUs - t) / 1000)
    return [{ pressure: phase, cutOff: true, ...this.#tally.counts, oomKills: 0, hogsKilled: 0, durationMs }]
  }

  #conclusion(): Pick<ResultJson, 'verdict' | 'reason'> {
    if (this.#end !== undefined) return { verdict: this.#end.verdict, reason: this.#end.reason }
    const broken = [...this.#broken.values()].reduce((sum, count) => sum + count, 0)
    const cutOff = `the journal ends after ${(this.#lastUs / 1e6).toFixed(1)} s, before the run did`
    return broken > 0
      ? { verdict: 'fail', reason: `${broken} broken promise(s); ${cutOff}` }
      : { verdict: 'interrupted', reason: cutOff }
  }
}
