/** Lists of runs: scenario files, shards, repetition, going on after the board was lost, what comes of it. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StressPlan } from '../../src/events/stress-event.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { bisectCode } from '../../src/cli/exit-codes.js'
import { concludeSeries, type SeriesRunResult } from '../../src/series/conclusion.js'
import { parseScenarioFile, readScenarioFile } from '../../src/series/scenario-file.js'
import { SCENARIO_SCHEMA } from '../../src/series/scenario-schema.js'
import { countCutOff, finishedResult, loadSeries, setAside } from '../../src/series/series-folder.js'
import { runsOf, shardOf, type SeriesItem } from '../../src/series/series.js'
import { makePlan } from '../../src/stress/plan.js'
import { stress } from './lying-board.js'

const item = (name: string): SeriesItem => ({ name, plan: makePlan({ seed: 7 }) })
const MIB = 1 << 20
const EXAMPLES = ['smoke', 'sharing', 'weekend']

describe('a scenario file', () => {
  test('is described by the published schema', () => {
    const published = readFileSync('docs/schema/scenario.schema.json', 'utf8')
    expect(JSON.parse(published)).toEqual(SCENARIO_SCHEMA)
  })

  test('has the usual plan where it says nothing, and a seed of its own for each phase', () => {
    const text =
      '{"seed": 5, "phases": [{"scenario": "churn"}, {"scenario": "mixed", "duration": "3s", "seed": 1}]}'
    expect(parseScenarioFile(text, 'x')).toEqual([
      { name: 'churn', plan: makePlan({ scenario: 'churn', seed: 5 }) },
      { name: 'mixed', plan: makePlan({ scenario: 'mixed', seed: 1, durationMs: 3000 }) },
    ])
  })

  test('goes on with seed 0 after the last one, and may repeat itself by aliases', () => {
    const text = 'seed: 4294967295\nphases:\n - &a {scenario: churn}\n - *a\n'
    expect(parseScenarioFile(text, 'x').map(({ plan }) => plan.seed)).toEqual([4294967295, 0])
  })

  test.each([
    [
      '{\n  "phases": [\n    {"scenario": "chrun"}\n  ]\n}',
      /^x:3:6: 'phases.0.scenario' is "chrun"; it can be: bo-cache,/,
    ],
    [
      '{\n  "phases": [{"scenario": "churn",\n    "bufers": 9}]}',
      /^x:3:5: unknown key 'bufers'; there are: name, sc/,
    ],
    [
      '{"phases": [{"scenario": "churn", "duration": "soon"}]}',
      /^x:1:35: .*"soon"; it must be a duration such as/,
    ],
    ['{"phases": [{"scenario": "churn", "duration": "1ms"}]}', /^x:1:13: duration in ms must be .* not 1$/],
    ['{"phases": [{"scenario": "churn", "actors": 0}]}', /^x:1:35: 'phases.0.actors' must be >= 1, not 0$/],
    [
      '{"phases": [{"scenario": "churn"}],\n "limits": {"reserveMib": 4}}',
      /^x:2:13: unknown key 'reserveMib'; there are: buffersMiB, reserveMiB, stallPercent$/,
    ],
    [
      '{"phases": [{"scenario": "churn"}],\n "limits": {"stallPercent": 0}}',
      /^x:2:13: 'limits.stallPercent' must be >= 1, not 0$/,
    ],
    [
      '{"limits": {"buffersMiB": 40}, "phases": [{"scenario": "churn"},\n {"scenario": "churn", "actors": 3}]}',
      /^x:2:2: 3 actors with 64 buffers may come to hold 48 MiB, and the limit is 40$/,
    ],
    ['{"phases": []}', /^x:1:2: 'phases' must NOT have fewer than 1 items, not \[\]$/],
    ['{}', /^x:1:1: the file must have required property 'phases'$/],
    ['{"phases": [', /^x:1:\d+: /],
    ['', /^x:1:1: the file must be object, not null$/],
    [
      'phases: &a\n - scenario: churn\n   pressure: [*a]\n',
      /^x:3:15: the alias 'a' is within what it stands for$/,
    ],
    ['phases:\n - scenario: *b\n', /^x:2:14: there is no anchor 'b' before this alias$/],
  ])('that is wrong is refused with line, column and key: %s', (text, message) => {
    expect(() => parseScenarioFile(text, 'x')).toThrow(RangeError)
    expect(() => parseScenarioFile(text, 'x')).toThrow(message)
  })

  test('may have limits, which every phase keeps to', () => {
    const limits = { reserveMiB: 30, stallPercent: 5 }
    const text = JSON.stringify({ limits, phases: [{ scenario: 'churn' }, { scenario: 'mixed' }] })
    expect(parseScenarioFile(text, 'x').map(({ plan }) => plan.limits)).toEqual([limits, limits])
  })

  describe('may say how far machine pressure goes', () => {
    const press = async (limits: NonNullable<StressPlan['limits']>) => {
      const plan = { durationMs: 2000, pressure: ['machine-pressure'] as const, limits }
      const { events } = await stress(stalling(createFakeBoard({ seed: 1 })), plan)
      const availableBytes = events.flatMap((event) =>
        event.type === 'sample' ? [event.availableBytes] : [],
      )
      const stalls = events.filter((event) => event.type === 'pressure' && event.step === 'stalled').length
      return { stalls, leastBytes: Math.min(...availableBytes) }
    }

    test('what it leaves', async () => {
      expect((await press({})).leastBytes).toBeLessThan(32 * MIB)
      expect((await press({ reserveMiB: 64 })).leastBytes).toBeGreaterThan(48 * MIB)
    })

    test('when it gives way', async () => {
      expect((await press({})).stalls).toBe(0)
      expect((await press({ stallPercent: 9 })).stalls).toBeGreaterThan(0)
    })
  })

  test('that is not there is refused', () => {
    expect(() => readScenarioFile('/nowhere.json')).toThrow('cannot read /nowhere.json (ENOENT)')
  })

  test.each(EXAMPLES)(
    'examples/scenarios/%s.json runs',
    async (name) => {
      for (const { plan } of readScenarioFile(`examples/scenarios/${name}.json`)) {
        const result = await stress(createFakeBoard({ seed: plan.seed }), { ...plan, durationMs: 2000 })
        expect([plan.scenario, result.verdict, result.violations]).toEqual([plan.scenario, 'pass', []])
      }
    },
    120_000,
  )
})

/** The board, where everybody waits for memory for a tenth of the time. */
function stalling(board: Board): Board {
  const full = () => `total=${Math.round(board.clock.nowUs() / 10)}`
  const line = (kind: string) => `${kind} avg10=0.00 avg60=0.00 avg300=0.00 ${full()}\n`
  const read: Board['files']['read'] = (path) =>
    path === '/proc/pressure/memory' ? Promise.resolve(line('some') + line('full')) : board.files.read(path)
  return { ...board, files: { ...board.files, read } }
}

describe('a list of runs', () => {
  const items = ['a', 'b', 'c', 'd', 'e'].map(item)

  test('is split into shards that hold each run once', () => {
    const parts = [1, 2, 3].map((index) => shardOf(items, index, 3).map(({ name }) => name))
    expect(parts).toEqual([['a', 'd'], ['b', 'e'], ['c']])
    expect(() => shardOf(items, 6, 6)).toThrow('shard 6/6 of 5 run(s) is empty')
  })

  test('is repeated with the next seed, and without an end when none is given', () => {
    const series = { items: items.slice(0, 2), untilFail: false }
    const runs = [...runsOf({ ...series, repeat: 2 })].map(({ folder, plan }) => [folder, plan.seed])
    expect(runs).toEqual([['0001-a', 7], ['0002-b', 7], ['0003-a', 8], ['0004-b', 8]]) // prettier-ignore
    const endless = runsOf(series)
    for (let count = 0; count < 1000; count++) endless.next()
    expect(endless.next().value).toMatchObject({ folder: '1001-a', plan: { seed: 507 } })
  })
})

describe('the folder of a series', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gemrig-series-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, file: string, text: string) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, file), text)
  }
  const result = (verdict: string) =>
    JSON.stringify({
      ...{ gemrig: '0', verdict, reason: '', board: { description: '' }, driver: { name: '' } },
      ...{ plan: { scenario: 'churn', seed: 1 }, operations: 1, durationMs: 1, oracles: {} },
      ...{ total: { purgeable: 1, purged: 1, verified: 1 }, kernelLog: { lost: 0 } },
    })

  test('tells finished runs from those that were interrupted, torn or never begun', () => {
    write('good', 'result.json', result('fail'))
    write('interrupted', 'result.json', result('interrupted'))
    write('torn', 'result.json', '{"verd')
    const isFinished = (name: string) => finishedResult(folder, name) !== undefined
    expect(['good', 'interrupted', 'torn', 'none'].map(isFinished)).toEqual([true, false, false, false])
  })

  test('that holds what gemrig did not write is refused with what is missing', () => {
    write('foreign', 'result.json', '{"complete":true,"verdict":"pass"}')
    expect(() => finishedResult(folder, 'foreign')).toThrow(
      /result.json is no result of gemrig's: it has no gemrig/,
    )
    const series = { items: [{ name: 'a', plan: makePlan({}) }], untilFail: false }
    const options = { backend: 'fake', report: [], allowDisruptive: false }
    const load = (saved: unknown) => {
      write('saved', 'series.json', JSON.stringify(saved))
      return loadSeries(join(folder, 'saved'))
    }
    expect(load({ schema: 1, gemrig: '0', series, options })).toMatchObject({ series })
    const withItem = (item: object) => ({ schema: 1, series: { ...series, items: [item] }, options })
    for (const [saved, message] of [
      [{ schema: 1 }, /is no series of gemrig's: it has no series/],
      [{ schema: 1, series }, /it has no options/],
      [null, /another version/],
      [withItem({ name: '../../etc', plan: makePlan({}) }), /'..\/..\/etc' is no name of a run/],
      [withItem({ name: 'a', plan: {} }), /item 1 has no plan.scenario/],
      [withItem({ name: 'a', plan: { ...makePlan({}), actors: 0 } }), /actors must be/],
    ] as const)
      expect(() => load(saved)).toThrow(message)
  })

  test('keeps what a lost board left, and counts how often that was', () => {
    const aside = () => {
      setAside(folder, '0001-a')
      return countCutOff(folder, '0001-a')
    }
    const seen = [1, 2].map(() => {
      write('0001-a', 'events.jsonl', '')
      return aside()
    })
    // Ctrl-C is no lost board.
    write('0001-a', 'result.json', result('interrupted'))
    expect([...seen, aside(), aside()]).toEqual([1, 2, 2, 2])
    expect(readdirSync(folder).filter((name) => name.startsWith('0001-a'))).toHaveLength(3)
  })
})

test('a series is as bad as its worst run, and passes when all did', () => {
  const verdictOf = (interrupted: boolean, ...verdicts: SeriesRunResult['verdict'][]) => {
    const runs = verdicts.map((verdict) => ({
      name: '',
      folder: '',
      seed: 1,
      verdict,
      reason: '',
      purged: 0,
      cutOff: 0,
    }))
    return concludeSeries(runs, '/x', interrupted).verdict
  }
  expect(verdictOf(false, 'pass', 'pass')).toBe('pass')
  expect(verdictOf(false, 'pass', 'inconclusive')).toBe('inconclusive')
  expect(verdictOf(false, 'inconclusive', 'error', 'pass')).toBe('error')
  expect(verdictOf(true, 'pass')).toBe('interrupted')
  expect(verdictOf(true, 'error', 'fail', 'pass')).toBe('fail')
  expect(verdictOf(false)).toBe('inconclusive')
})

test('in a bisection all that could not be tested is 125', () => {
  expect([0, 1, 2, 3, 125, 130, 127].map(bisectCode)).toEqual([0, 1, 125, 125, 125, 130, 125])
})
