/**
 * Operations a second on the simulated kernel, and the heap that an idle buffer takes, at three numbers of buffers:
 * `npm run bench:sim`. Time is the processor time of all threads of this process, garbage collection included; the best of
 * several short runs, as other work on the machine only ever adds to it.
 *
 * Beside it the same operations on plain structures in C (objects.c): how much slower those become with more of them is
 * what the machine's caches make of it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFakeBackend } from '../../src/fake-backend/fake-backend.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import type { Backend } from '../../src/backend/backend.js'
import { Kernel } from '../../src/sim/kernel.js'

const COUNTS = [1_000, 100_000, 1_000_000]
/** Operations of each kind in a run, and runs. */
const OPERATIONS = 100_000
const RUNS = 4
/** SHRINK_BATCH: pages that reclaim asks a shrinker for at once. */
const BATCH = 128
const BYTES = 4096
const AIM = { perSecond: 1_000_000, factor: 2, heapBytes: 400 }

/** Buffers one after the other as they were made, or in no order: the stride is prime to the counts. */
const STRIDES = { 'in order': 1, scattered: 7919 }
const KINDS = [
  ...['create', 'purge', 'madvise in order', 'madvise scattered'],
  ...['close, create in order', 'close, create scattered'],
] as const

/** Operations a second of each kind, and the heap of an idle buffer. */
interface Row {
  readonly count: number
  readonly rates: ReadonlyMap<string, number>
  readonly heapBytes: number
}

/** What both ways of calling the simulated kernel have in common. */
interface Way {
  create(): void
  advise(index: number, needed: boolean): void
  /** Closes that buffer and makes another one in its place. */
  replace(index: number): void
}

function throughDevice(backend: Backend): Way {
  const device = openDeviceOf(backend)
  const options = { sizeBytes: BYTES, noexec: true }
  const buffers = [device.createBuffer(options)]
  return {
    create: () => void buffers.push(device.createBuffer(options)),
    advise: (index, needed) => void buffers[index]?.madvise(needed ? 'willneed' : 'dontneed'),
    replace(index) {
      buffers[index]?.close()
      buffers[index] = device.createBuffer(options)
    },
  }
}

function throughBackend(backend: Backend): Way {
  const { drm, panfrost } = backend
  const fd = drm.open('/dev/dri/renderD128')
  const create = () => {
    const bo = panfrost.createBo(fd, BYTES, 1)
    if (typeof bo === 'number') throw new Error(`CREATE_BO: ${bo}`)
    return bo.handle
  }
  const handles = [create()]
  return {
    create: () => void handles.push(create()),
    advise: (index, needed) => void panfrost.madvise(fd, handles[index] ?? 0, needed ? 0 : 1),
    replace(index) {
      drm.gemClose(fd, handles[index] ?? 0)
      handles[index] = create()
    },
  }
}

const WAYS = { 'public API': throughDevice, 'kernel alone': throughBackend }

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function perSecond(operations: number, work: () => void): number {
  const start = cpuSeconds()
  work()
  return operations / (cpuSeconds() - start)
}

function bestPerSecond(operations: number, work: () => void): number {
  return Math.max(...Array.from({ length: RUNS }, () => perSecond(operations, work)))
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function measure(way: keyof typeof WAYS, count: number): Row {
  const kernel = new Kernel({ memoryBytes: 2 ** 34, nowNs: () => 0 })
  const calls = WAYS[way](createFakeBackend(kernel, kernel.tasks.spawn('bench', kernel.cgroups.root)))
  const before = heapBytes()
  const create = perSecond(count - 1, () => {
    for (let i = 1; i < count; i++) calls.create()
  })
  const perObject = (heapBytes() - before) / count
  const rates = new Map([['create', create]])
  let index = 0
  for (const [order, stride] of Object.entries(STRIDES)) {
    const next = () => (index = (index + stride) % count)
    const advise = bestPerSecond(OPERATIONS, () => {
      for (let i = 0; i < OPERATIONS; i++) calls.advise(next(), (i & 1) === 1)
    })
    const replace = bestPerSecond(OPERATIONS / 2, () => {
      for (let i = 0; i < OPERATIONS / 4; i++) calls.replace(next())
    })
    rates.set(`madvise ${order}`, advise).set(`close, create ${order}`, replace)
  }
  for (let i = 0; i < count; i++) calls.advise(i, false)
  const { shrinker } = kernel.panfrost
  const control = { memcg: kernel.memcg.root, nrToScan: BATCH, nrScanned: BATCH }
  const purge = perSecond(count, () => {
    while (shrinker.countObjects() > 0) shrinker.scanObjects(control)
  })
  return { count, rates: rates.set('purge', purge), heapBytes: perObject }
}

/** The best of several machines, where one has too few buffers for its creations to be timed. */
function best(way: keyof typeof WAYS, count: number): Row {
  const rows = Array.from({ length: count < OPERATIONS ? 2 * RUNS : 1 }, () => measure(way, count))
  return { count, rates: fastest(rows), heapBytes: Math.min(...rows.map((row) => row.heapBytes)) }
}

function fastest(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(KINDS.map((kind) => [kind, Math.max(...rows.map(({ rates }) => rates.get(kind) ?? 0))]))
}

/** The best of several runs of the C program, in operations a second. */
function measureC(program: string, count: number): Row {
  const run = (stride: number): number[] => {
    const args = [count, 4 * OPERATIONS, stride].map(String)
    return execFileSync(program, args, { encoding: 'utf8' })
      .split(' ')
      .map((ns) => 1e9 / Number(ns))
  }
  const rows = Array.from({ length: RUNS }, () => {
    const rates = new Map<string, number>()
    for (const [order, stride] of Object.entries(STRIDES)) {
      const [create = 0, advise = 0, replace = 0, purge = 0] = run(stride)
      rates.set('create', create).set('purge', purge)
      rates.set(`madvise ${order}`, advise).set(`close, create ${order}`, 2 * replace)
    }
    return { count, rates, heapBytes: 0 }
  })
  return { count, rates: fastest(rows), heapBytes: 0 }
}

function buildC(folder: string): string {
  const program = join(folder, 'objects')
  execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('objects.c', import.meta.url))])
  return program
}

/** Fastest over slowest of one kind of operation. */
function factor(rows: readonly Row[], kind: string): number {
  const rates = rows.map((row) => row.rates.get(kind) ?? 0)
  return Math.max(...rates) / Math.min(...rates)
}

if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc: npm run bench:sim')
const number = (value: number) => Math.round(value).toLocaleString('en')
const rate = (value: number) => `${number(value)} (${(value / AIM.perSecond).toFixed(2)})`

const folder = mkdtempSync(join(tmpdir(), 'gemrig-bench-'))
let plain: readonly Row[]
try {
  const program = buildC(folder)
  plain = COUNTS.map((count) => measureC(program, count))
} finally {
  rmSync(folder, { recursive: true })
}
console.log('operations a second (ratio to the aim of 1,000,000); bytes of heap an idle buffer (aim: 400)')
for (const way of ['public API', 'kernel alone'] as const) {
  // What is measured is the compiled code.
  for (let run = 0; run < RUNS; run++) measure(way, 10_000)
  const rows = COUNTS.map((count) => best(way, count))
  console.table(
    rows.map(({ count, rates, heapBytes }) => ({
      [way]: number(count),
      ...Object.fromEntries(KINDS.map((kind) => [kind, rate(rates.get(kind) ?? 0)])),
      heap: `${number(heapBytes)} (${(heapBytes / AIM.heapBytes).toFixed(2)})`,
    })),
  )
  for (const kind of KINDS) {
    const inC = factor(plain, kind).toFixed(2)
    console.log(
      `${kind}: fastest over slowest ${factor(rows, kind).toFixed(2)} (aim: at most ${AIM.factor}; ${inC} in C)`,
    )
  }
}
