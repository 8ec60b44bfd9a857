/** The main job on the real driver: what DESIGN promises of each pressure source, as the command's own table tells it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StressEvent } from '../../dist/events/stress-event.js'
import type { ResultJson } from '../../dist/report/result-json.js'
import { MISSING, vm } from './vm-run.js'

type PhaseRow = Extract<ResultJson['phases'][number], { purged: number }>

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`gemrig stress --seed 1 on the virtual board rk3399${skipped}`, () => {
  let out = ''
  let result: ResultJson
  let exitCode: number | undefined

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-stress-'))
    const run = await vm(['gemrig', 'stress', '--seed', '1', '--json'], out)
    if (run.error !== undefined) throw run.error
    process.stdout.write(run.stderr)
    exitCode = run.exitCode
    result = JSON.parse(run.stdout) as ResultJson
    process.stdout.write(`${JSON.stringify(result.phases, undefined, 1)}\n`)
  }, 900_000)

  afterAll(() => {
    rmSync(out, { recursive: true })
  })

  const row = (pressure: string): PhaseRow => {
    const found = result.phases.find((phase) => phase.pressure === pressure)
    if (found === undefined || 'refused' in found) throw new Error(`${pressure} was not used`)
    return found
  }

  it('passes', () => {
    expect(result.violations).toEqual([])
    expect({ exitCode, verdict: result.verdict }).toEqual({ exitCode: 0, verdict: 'pass' })
    expect(result.board.kind).toBe('virtual')
  })

  it('a cgroup limit kills the hog and purges nothing, though there was much to purge', () => {
    const squeeze = row('cgroup-squeeze')
    expect(squeeze).toMatchObject({ purged: 0, hogsKilled: 1, oomKills: 1 })
    expect(squeeze.purgeable).toBeGreaterThan(20)
  })

  it.each(['root-reclaim', 'machine-pressure'])('%s purges, and kills nobody who is no hog', (pressure) => {
    const { purged, oomKills, hogsKilled } = row(pressure)
    expect(purged).toBeGreaterThan(0)
    expect(oomKills).toBe(hogsKilled)
  })

  it('every buffer given away is accounted for: retained and verified, or purged and confirmed', () => {
    for (const pressure of ['cgroup-squeeze', 'root-reclaim', 'machine-pressure']) {
      const { purgeable, purged, confirmed, retained, verified } = row(pressure)
      expect({ pressure, sum: purged + retained, confirmed, verified }).toEqual({
        pressure,
        sum: purgeable,
        confirmed: purged,
        verified: retained,
      })
    }
  })

  it('the journal and the result are on the host, whole, and no actor was killed', () => {
    const [run = ''] = readdirSync(join(out, 'gemrig-results'))
    const directory = join(out, 'gemrig-results', run)
    const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as StressEvent)
    expect(events.at(0)?.type).toBe('run-begin')
    expect(events.at(-1)).toMatchObject({ type: 'run-end', verdict: 'pass' })
    expect(events.filter((event) => event.type === 'operation')).toHaveLength(result.operations)
    const exits = events.filter((event) => event.type === 'task-exit')
    expect(exits.map(({ code, expected }) => ({ code, expected }))).toEqual([
      { code: 0, expected: true },
      { code: 0, expected: true },
    ])
    const saved = JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')) as ResultJson
    expect(saved).toEqual(result)
  })
})
