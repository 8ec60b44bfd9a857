/** The engine: runs rows on a board one after the other, and hands each result over as it comes. Prints nothing. */
import type { Board } from '../board/board.js'
import type { ConformRun, RowResult } from './conform-run.js'
import { lookAround } from './look-around.js'
import type { Place } from './place.js'
import { callsOf, recordCalls, type CallRecord } from './record-calls.js'
import type { Row } from './row.js'
import { titleOf } from './title.js'
import { Trial } from './trial.js'
import { whyNotHere } from './version-range.js'

export interface ConformOptions {
  readonly rows: readonly Row[]
  /** Ids of rows that run although they harm. */
  readonly asked?: ReadonlySet<string>
  /** Rows may purge although the machine is in use. */
  readonly allowDisruptive?: boolean
  /** The run ends after the row that it is in. */
  readonly signal?: AbortSignal
  onBegin?(id: string, index: number): void
  onRow?(result: RowResult): void
}

export async function runConform(board: Board, options: ConformOptions): Promise<ConformRun> {
  const { rows, asked = new Set(), signal } = options
  return board.run(async () => {
    const place = await lookAround(board, options.allowDisruptive)
    const results: RowResult[] = []
    for (const row of rows) {
      if (signal?.aborted) break
      options.onBegin?.(row.id, results.length)
      const result = await runRow(place, row, asked.has(row.id))
      results.push(result)
      options.onRow?.(result)
    }
    const count = (outcome: RowResult['outcome']) => results.filter((row) => row.outcome === outcome).length
    return {
      format: 'gemrig-conform-1',
      title: titleOf(board),
      board: board.description,
      drivers: Object.fromEntries(
        Object.entries(place.devices).map(([name, device]) => [name, device?.version ?? '']),
      ),
      passed: count('pass'),
      failed: count('fail'),
      skipped: count('skip'),
      interrupted: signal?.aborted === true,
      calls: callsOf(board.backend),
      rows: results,
    }
  })
}

/** A row that throws has failed, and what it threw is the actual outcome. */
export async function runRow(place: Place, row: Row, isAsked = false): Promise<RowResult> {
  const { id, expected } = row
  const why = whyNotRun(place, row, isAsked)
  if (why !== undefined) return { id, outcome: 'skip', why, expected, calls: {} }
  const record: CallRecord = new Map()
  const actual = await actualOf({ ...place, backend: recordCalls(place.backend, record) }, row)
  const calls = Object.fromEntries([...record].sort().map(([call, endings]) => [call, [...endings].sort()]))
  const isKept = JSON.stringify(actual) === JSON.stringify(expected)
  return isKept ? { id, outcome: 'pass', expected, calls } : { id, outcome: 'fail', actual, expected, calls }
}

function whyNotRun(place: Place, row: Row, isAsked: boolean): string | undefined {
  for (const need of row.needs) {
    const why = place.lacks.get(need)
    if (why !== undefined) return why
  }
  const why = row.holds && whyNotHere(row.holds, place)
  if (why !== undefined) return why
  return row.onlyWhenAsked === undefined || isAsked ? undefined : `only when asked for: ${row.onlyWhenAsked}`
}

async function actualOf(place: Place, row: Row): Promise<unknown> {
  const trial = new Trial(place)
  try {
    return await row.run(trial)
  } catch (error) {
    return String(error)
  } finally {
    trial.end()
  }
}
