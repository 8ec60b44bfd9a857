/** The trace instance of a run: what comes of it in the samples and the reports, and that nothing is left of it. */
import { expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Board } from '../../src/board/board.js'
import { createFakeBoard, type FakeBoard } from '../../src/board/fake-board.js'
import { StateStoreError } from '../../src/board/state-store.js'
import type { StressEvent } from '../../src/events/stress-event.js'
import { parseShrinkerHistogram } from '../../src/observe/shrinker-histogram.js'
import { chromeTrace } from '../../src/report/chrome-trace.js'
import { chartData } from '../../src/report/html/chart-data.js'
import { Timeline } from '../../src/report/timeline.js'
import { removeTraceLeftovers, startShrinkerTrace } from '../../src/stress/shrinker-trace.js'
import { stress } from './lying-board.js'

const INSTANCES = '/sys/kernel/tracing/instances'

/** As Linux 6.12 prints it. */
const HISTOGRAM = `# event histogram
#
# trigger info: hist:keys=shrink.sym:vals=hitcount,total_scan:sort=hitcount:size=256 [active]
#

{ shrink: [ffffa2d5f0dd6a20] panfrost_gem_shrinker_scan [panfrost]         } hitcount:          3  total_scan:        640
{ shrink: [ffffa2d5ef0f9ec8] super_cache_scan                              } hitcount:        270  total_scan:     279040

Totals:
    Hits: 273
    Entries: 2
    Dropped: 0
`

test('a histogram has a sum for each scan function', () => {
  expect(parseShrinkerHistogram(HISTOGRAM)).toEqual([
    { name: 'panfrost_gem_shrinker_scan', hits: 3, sum: 640 },
    { name: 'super_cache_scan', hits: 270, sum: 279040 },
  ])
})

interface Tracefs {
  /** Directories in `instances`. */
  readonly instances: Set<string>
  readonly written: string[]
  readonly board: Board
}

/** A tracefs on the fake board whose histograms tell what its Panfrost shrinker did. */
function withTracefs(
  board: FakeBoard,
  refusal: { readonly make?: number; readonly trigger?: number; readonly list?: number } = {},
): Tracefs {
  const { files } = board
  const instances = new Set<string>()
  const written: string[] = []
  const nameOf = (path: string) => path.slice(INSTANCES.length + 1)
  const line = (field: string, hits: number, sum: number) =>
    `{ shrink: [ffff] panfrost_gem_shrinker_scan [panfrost]  } hitcount: ${hits}  ${field}: ${sum}\n`
  const isOurs = (path: string) => path.startsWith(INSTANCES)
  const read: typeof files.read = async (path) => {
    if (!isOurs(path)) return files.read(path)
    const { purgedObjects } = board.kernel.panfrost.shrinker
    return path.includes('mm_shrink_slab_start')
      ? line('total_scan', purgedObjects, purgedObjects * 128)
      : line('retval', purgedObjects, purgedObjects * 16)
  }
  const write: typeof files.write = async (path, text) => {
    if (!isOurs(path)) return files.write(path, text)
    written.push(`${path.split('/').slice(-2).join('/')} ${text}`)
    return path.endsWith('trigger') ? (refusal.trigger ?? 0) : 0
  }
  const list: typeof files.list = async (path) =>
    path === INSTANCES ? (refusal.list ?? [...instances]) : files.list(path)
  const makeDirectory: typeof files.makeDirectory = async (path) => {
    if (!isOurs(path)) return files.makeDirectory(path)
    if (refusal.make !== undefined) return refusal.make
    instances.add(nameOf(path))
    return 0
  }
  const removeDirectory: typeof files.removeDirectory = async (path) => {
    if (!isOurs(path)) return files.removeDirectory(path)
    return instances.delete(nameOf(path)) ? 0 : -ERRNO.ENOENT
  }
  const own = { read, write, list, makeDirectory, removeDirectory }
  return { instances, written, board: { ...board, files: own } }
}

const sampled = (events: readonly StressEvent[]) =>
  events.flatMap((event) => (event.type === 'sample' ? (event.shrinkers ?? []) : []))

test('the samples of a run add up to what the shrinkers did, and the instance is removed', async () => {
  const fake = createFakeBoard({ seed: 1 })
  const { board, instances, written } = withTracefs(fake)
  const { verdict, events } = await stress(board)
  expect(verdict).toBe('pass')
  const all = sampled(events)
  const sum = (key: 'calls' | 'asked' | 'freed') => all.reduce((total, sample) => total + sample[key], 0)
  const { purgedObjects } = fake.kernel.panfrost.shrinker
  expect(purgedObjects).toBeGreaterThan(0)
  expect([sum('calls'), sum('asked'), sum('freed')]).toEqual([
    purgedObjects,
    purgedObjects * 128,
    purgedObjects * 16,
  ])
  expect(new Set(all.map(({ name }) => name))).toEqual(new Set(['panfrost_gem_shrinker_scan']))
  expect(written.filter((line) => line.includes('trigger'))).toEqual([
    'mm_shrink_slab_start/trigger hist:keys=shrink.sym:vals=total_scan:size=256',
    'mm_shrink_slab_end/trigger hist:keys=shrink.sym:vals=retval:size=256',
  ])
  expect([...instances]).toEqual([])
  expect(board.state.list()).toEqual([])
})

test('they are drawn in the time lines, and are counters of the trace', async () => {
  const { board } = withTracefs(createFakeBoard({ seed: 1 }))
  const { events } = await stress(board)
  const timeline = new Timeline()
  for (const event of events) timeline.observe(event)
  const freed = sampled(events).reduce((total, sample) => total + sample.freed, 0)
  const chart = chartData(timeline).charts.find(({ id }) => id === 'shrinkers-freed')
  expect(chart?.series).toMatchObject([{ label: 'panfrost_gem_shrinker_scan' }])
  expect(chart?.series[0]?.values.at(-1)).toBe(freed)
  expect(chart?.series[0]?.values[0]).toBe(0)
  let trace = ''
  for await (const part of chromeTrace(streamOf(events))) trace += part
  const counters = (
    JSON.parse(trace) as { traceEvents: { name: string; args: { freed: number } }[] }
  ).traceEvents
    .filter(({ name }) => name === 'shrinker panfrost_gem_shrinker_scan')
    .map(({ args }) => args.freed)
  expect(counters.reduce((total, value) => total + value, 0)).toBe(freed)
})

async function* streamOf(events: readonly StressEvent[]): AsyncGenerator<StressEvent, void> {
  await Promise.resolve()
  yield* events
}

test.each([
  ['there is no tracefs', { list: -ERRNO.ENOENT }],
  ['it is not for this user', { list: -ERRNO.EACCES }],
  ['the kernel is locked down', { make: -ERRNO.EPERM }],
  ['the kernel makes no histograms', { trigger: -ERRNO.EINVAL }],
])('the run goes without where %s', async (_why, refusal) => {
  const { board, instances } = withTracefs(createFakeBoard({ seed: 1 }), refusal)
  const { verdict, events } = await stress(board)
  expect(verdict).toBe('pass')
  expect(sampled(events)).toEqual([])
  expect([...instances]).toEqual([])
  expect(board.state.list()).toEqual([])
})

test('nothing is made where it could not be written down', async () => {
  const { board, instances } = withTracefs(createFakeBoard())
  const write = () => {
    throw new StateStoreError('EROFS', 'read-only')
  }
  expect(await startShrinkerTrace({ ...board, state: { ...board.state, write } })).toBeUndefined()
  expect([...instances]).toEqual([])
})

test('the next start removes what a killed one left, and nothing else', async () => {
  const { board, instances } = withTracefs(createFakeBoard())
  const { files, state } = board
  for (const name of ['gemrig-4711-1', 'mine']) await files.makeDirectory(`${INSTANCES}/${name}`)
  state.write('gemrig-4711-1-trace', 'gemrig-4711-1')
  const living = await startShrinkerTrace(board)
  expect(await removeTraceLeftovers(board)).toEqual(['gemrig-4711-1'])
  expect([...instances]).toEqual(['mine', expect.stringMatching(/^gemrig-\d+-\d+$/)])
  await living?.remove()
  expect([...instances]).toEqual(['mine'])
  expect(state.list()).toEqual([])
})
