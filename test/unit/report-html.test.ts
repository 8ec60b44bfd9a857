/** The HTML report: it holds what a reader looks for, needs nothing else, and stays small and harmless. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { Script } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { KernelLogEvent, SampleEvent, StressEvent } from '../../src/events/stress-event.js'
import { summarize } from '../../src/report/formats.js'
import { htmlReport } from '../../src/report/html/page.js'
import { DEFAULT_PLAN } from '../../src/stress/plan.js'

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&]]>\u2028`

const begin: StressEvent = {
  type: 'run-begin',
  t: 0,
  gemrig: '0.0.0',
  board: 'fake',
  description: HOSTILE,
  driver: 'panfrost',
  driverVersion: '1.2',
  node: HOSTILE,
  plan: DEFAULT_PLAN,
}
const sample = (t: number, freeBytes: number): StressEvent => ({
  type: 'sample',
  t,
  freeBytes,
  availableBytes: freeBytes,
  shmemBytes: 1 << 20,
  swapFreeBytes: 0,
  oomKills: 0,
  slabsScanned: t,
  dropSlabs: 0,
  allocStalls: 0,
  costUs: 100,
})
const logged = (t: number, text: string, severity: 'fail' | 'information' = 'information'): StressEvent => ({
  type: 'kernel-log',
  t,
  sequence: t,
  uptimeUs: t,
  level: 4,
  name: severity === 'fail' ? 'warning' : 'other',
  severity,
  text,
})

/** The buffer is given away, and was purged when it is wanted back. */
function purge(t: number, buffer: number, n: number): StressEvent[] {
  const common = { type: 'operation', t, durationUs: 1, actor: 0 } as const
  const create = { op: 'create', buffer, sizeBytes: 4096, noexec: true } as const
  const advise = (advice: 'dontneed' | 'willneed') => ({ op: 'madvise', buffer, advice }) as const
  return [
    { ...common, n, operation: create, outcome: { result: 'ok' } },
    { ...common, n: n + 1, operation: advise('dontneed'), outcome: { result: 'retained' } },
    { ...common, n: n + 2, operation: advise('willneed'), outcome: { result: 'purged' } },
    { ...common, n: n + 3, operation: { op: 'touch', buffer }, outcome: { result: 'sigbus' } },
  ]
}

async function page(events: readonly StressEvent[]): Promise<string> {
  const folder = mkdtempSync(`${tmpdir()}/gemrig-html-`)
  const { result, timeline } = await summarize(
    (async function* () {
      yield await Promise.resolve(begin)
      yield* events
    })(),
    folder,
  )
  rmSync(folder, { recursive: true })
  return htmlReport(result, timeline)
}

interface PageData {
  readonly t: readonly number[]
  readonly marks: readonly { readonly t: number; readonly kind: string; readonly text: string }[]
  readonly charts: readonly {
    readonly id: string
    readonly series: readonly { readonly values: readonly number[] }[]
  }[]
}

function dataOf(html: string): PageData {
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
  return JSON.parse(json) as PageData
}

test('begins with the verdict and the command that does it again', async () => {
  const html = await page([
    { type: 'violation', t: 1, oracle: 'retained-is-intact', message: 'lost' },
    { type: 'run-end', t: 2, verdict: 'fail', reason: '1 broken promise(s)' },
  ])
  const body = html.slice(html.indexOf('<body>'))
  expect(body.indexOf('class="verdict fail"')).toBeLessThan(body.indexOf('<h2>'))
  expect(body.indexOf('gemrig stress --seed 1')).toBeLessThan(body.indexOf('<h2>'))
  expect(body).toContain('retained-is-intact: lost')
  for (const title of ['Environment', 'Pressure', 'Time lines', 'Kernel log', 'Latencies', 'Cases'])
    expect(html).toContain(`<h2>${title}</h2>`)
})

test('holds hostile text as text, wherever it comes from', async () => {
  const html = await page([
    logged(5, HOSTILE, 'fail'),
    { type: 'phase-refused', t: 6, phase: 'root-reclaim', reason: HOSTILE },
    { type: 'violation', t: 7, oracle: 'retained-is-intact', message: HOSTILE },
    { type: 'kernel-log-begin', t: 0, readable: false, reason: HOSTILE },
  ])
  expect(html).not.toContain('<script>alert')
  expect(html).not.toContain('<img')
  // uPlot, the report's own script, and the data.
  expect(html.match(/<script/g)).toHaveLength(3)
  expect(html.match(/<\/script>/g)).toHaveLength(3)
  expect(dataOf(html).marks.map(({ text }) => text)).toContain(`warning: ${HOSTILE}`)
})

test('tells whom the OOM killer took, as marks and in a table', async () => {
  const kill = { type: 'oom-kill', t: 5e6, pid: 17, whose: 'other', scope: 'global' } as const
  const html = await page([
    { ...kill, task: HOSTILE },
    { ...kill, task: 'node', whose: 'actor', actor: 2, scope: 'memcg', memcg: '/a' },
  ])
  expect(dataOf(html).marks).toMatchObject([
    { kind: 'oom', text: `${HOSTILE} (pid 17, not ours): the machine was out of memory` },
    { kind: 'oom', text: 'node (pid 17, actor 2): /a was at its limit' },
  ])
  expect(html).toContain('<td>node (pid 17, actor 2): /a was at its limit</td>')
  expect(html).not.toContain('<img')
  expect(await page([])).not.toContain('<h2>OOM killer')
})

test('tells what stays on the machine', async () => {
  const html = await page([{ type: 'left-behind', t: 5, what: 'the swap on /dev/zram1', reason: HOSTILE }])
  expect(html).toContain('<h2>Left behind on the machine')
  expect(html).toContain('<td>the swap on /dev/zram1</td>')
  expect(html).not.toContain('<img')
  expect(await page([])).not.toContain('Left behind')
})

test('draws kinds of memory and the driver’s own count where the run could see them', async () => {
  const ids = async (sampled: StressEvent) => dataOf(await page([sampled])).charts.map(({ id }) => id)
  expect(await ids(sample(1, 1))).toEqual(['memory', 'workload', 'reclaim', 'stall'])
  const group = { currentBytes: 1, shmemBytes: 0, limitHits: 0, oomKills: 0, anonBytes: 1 << 20 }
  const more = {
    cgroups: { run: group, workload: group },
    gems: { sizeBytes: 1, residentBytes: 1, reclaimableBytes: 0 },
  }
  const whole = { ...(sample(1, 1) as SampleEvent), ...more }
  expect(await ids(whole)).toEqual(['memory', 'workload', 'kinds', 'gems', 'reclaim', 'stall'])
})

test('holds hostile text as text where a number or a word should be', async () => {
  const hostile = HOSTILE as unknown as number
  const [first, ...rest] = purge(10, 1, 0)
  const tally = {
    ...{ purgeable: hostile, purged: hostile, confirmed: hostile, retained: hostile, verified: hostile },
    ...{ oomKills: hostile, hogsKilled: hostile, refusedForMemory: hostile },
    ...{ evictedBytes: hostile, durationMs: hostile },
  }
  const html = await page([
    { type: 'kernel-log-begin', t: 0, readable: true, taint: hostile },
    { ...(first as Extract<StressEvent, { type: 'operation' }>), actor: hostile },
    ...rest,
    { ...(sample(11, 1) as Extract<StressEvent, { type: 'sample' }>), freeBytes: hostile, costUs: hostile },
    {
      ...(logged(12, 'x', 'fail') as KernelLogEvent),
      severity: HOSTILE as 'fail',
      name: HOSTILE,
      expected: true,
    },
    { type: 'phase-end', t: 13, phase: HOSTILE as 'root-reclaim', tally },
    { type: 'kernel-log-end', t: 14, lost: hostile, newTaint: [HOSTILE] },
    { type: 'run-end', t: 15, verdict: HOSTILE as 'pass', reason: HOSTILE },
  ])
  expect(html).not.toContain('<script>alert')
  expect(html).not.toContain('<img')
  expect(html.match(/<script/g)).toHaveLength(3)
})

test('reaches for nothing outside of itself, and its scripts are whole', async () => {
  const html = await page([])
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? []
  expect(policy).toContain("default-src 'none'")
  expect(html).not.toMatch(/(?:src|href)\s*=\s*["']?(?:https?:|\/\/)/)
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code = '']) => code)
  expect(scripts).toHaveLength(2)
  for (const code of scripts) expect(() => new Script(code)).not.toThrow()
  // No script may run but these.
  const hashes = scripts.map((code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
  expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe(hashes.join(' '))
})

test('of an hour is below 5 MB, and still shows the shortest drop and the last warning', async () => {
  const events: StressEvent[] = []
  const second = 1_000_000
  for (let s = 0; s < 3600 * 4; s++) {
    events.push(sample((s * second) / 4, s === 7001 ? 1 << 20 : 800 << 20))
    for (let line = 0; line < 2; line++) events.push(logged((s * second) / 4, 'x'.repeat(150)))
  }
  events.push(logged(3600 * second, 'WARNING: at the end', 'fail'))
  const html = await page(events)
  expect(Buffer.byteLength(html)).toBeLessThan(5 * 1024 * 1024)
  const { t, charts, marks } = dataOf(html)
  expect(t.length).toBeGreaterThan(1000)
  expect(t.length).toBeLessThanOrEqual(4000)
  for (const { series } of charts) for (const { values } of series) expect(values).toHaveLength(t.length)
  expect(Math.min(...(charts[0]?.series[1]?.values ?? []))).toBe(1)
  expect(marks).toMatchObject([{ kind: 'kernel', text: 'warning: WARNING: at the end' }])
  expect(html).toContain('WARNING: at the end</td></tr>')
})

test('tells of a record whose phase was not over that it is not judged, and after it whether it was expected', async () => {
  const record = { ...logged(1, 'gpu sched timeout', 'fail'), conditional: true } as const
  const settled = (provoked: readonly string[]) => ({ type: 'kernel-log-settled', t: 2, provoked }) as const
  expect(await page([record])).toContain('>warning (not judged)</td>')
  expect(await page([record, settled(['warning'])])).toContain('>warning (expected)</td>')
  expect(await page([record, settled([])])).toContain('>warning</td>')
})

describe('a log of many warnings', () => {
  const MOST_BYTES = 5 * 1024 * 1024
  const trace = Array.from(
    { length: 45 },
    (_, line) => `panfrost_gem_shrinker_scan+0x${line}/0x456 [panfrost]`,
  )
  const warning = (n: number, place: string, lines: readonly string[]): StressEvent => ({
    ...(logged(n * 1e6, `WARNING: CPU: 0 at drivers/gpu/drm/${place}`, 'fail') as KernelLogEvent),
    lines,
  })
  const many = (of: (n: number) => StressEvent) => Array.from({ length: 3000 }, (_, n) => of(n))

  test('of one place has its trace once, and says what else is in kmsg.log', async () => {
    const html = await page(many((n) => warning(n, 'panfrost/panfrost_mmu.c:1', trace)))
    expect(Buffer.byteLength(html)).toBeLessThan(2 * 1024 * 1024)
    expect(html.match(/<details>/g)).toHaveLength(1)
    expect(html).toContain('the traces of 2999 records. All are in kmsg.log')
    expect(html.match(/<tr data-t=/g)).toHaveLength(3000)
    expect(html).toContain('2000 further marks are not drawn')
  })

  test('of as many places stays below 5 MB, however it is spelt, and says how many are left out', async () => {
    for (const lines of [trace, [`${HOSTILE}\u0001`.repeat(2000)], [`"'<&`.repeat(20_000)]]) {
      const html = await page(many((n) => warning(n, `${lines[0]?.slice(0, 900) ?? ''} x.c:${n}`, lines)))
      expect(Buffer.byteLength(html)).toBeLessThan(MOST_BYTES)
      const [, leftOut] = /Not shown: (\d+) further records/.exec(html) ?? []
      expect(Number(leftOut) + (html.match(/<tr data-t=/g)?.length ?? 0)).toBe(3000)
    }
  })

  test('keeps room for what matters when the rest is long', async () => {
    const rest = many((n) => logged(n, `${n} ${'x'.repeat(3000)}`))
    const html = await page([...rest, warning(4000, 'late.c:1', trace)])
    expect(html).toContain('late.c:1</summary>')
  })
})

describe('purges', () => {
  test('are marked one by one where there are few', async () => {
    const { marks } = dataOf(await page([...purge(1_000_000, 1, 0), ...purge(2_000_000, 2, 4)]))
    expect(marks).toMatchObject([
      { t: 1, kind: 'purge', text: '1 buffer(s) purged' },
      { t: 2, kind: 'purge', text: '1 buffer(s) purged' },
    ])
  })

  test('are marked together where they are dense, and none is lost', async () => {
    const events = Array.from({ length: 20_000 }, (_, n) => purge(n * 10_000, n, 4 * n)).flat()
    const { marks } = dataOf(await page(events))
    expect(marks.length).toBeGreaterThan(200)
    expect(marks.length).toBeLessThanOrEqual(500)
    expect(marks.reduce((sum, { text }) => sum + Number.parseInt(text, 10), 0)).toBe(20_000)
    expect(marks.at(-1)?.t).toBeGreaterThan(199)
  })
})
