/**
 * Operations a second on the simulated kernel, and the heap that an idle buffer takes, at three numbers of buffers:
 * `npm run bench:sim`. Time is the processor time of all threads of this process, garbage collection included; the best of
 * several short runs, as other work on the machine only ever adds to it.
 */
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

const KINDS = ['create', 'advise', 'churn', 'purge'] as const
type Kind = (typeof KINDS)[number]

interface Row {
  readonly count: number
  readonly create: number
  readonly advise: number
  readonly churn: number
  readonly purge: number
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
  // A stride that is prime to the counts, so that buffers come in no order.
  let index = 0
  const next = () => (index = (index + 7919) % count)
  const advise = bestPerSecond(OPERATIONS, () => {
    for (let i = 0; i < OPERATIONS; i++) calls.advise(next(), (i & 1) === 1)
  })
  const churn = bestPerSecond(OPERATIONS / 2, () => {
    for (let i = 0; i < OPERATIONS / 4; i++) calls.replace(next())
  })
  for (let i = 0; i < count; i++) calls.advise(i, false)
  const { shrinker } = kernel.panfrost
  const control = { memcg: kernel.memcg.root, nrToScan: BATCH, nrScanned: BATCH }
  const purge = perSecond(count, () => {
    while (shrinker.countObjects() > 0) shrinker.scanObjects(control)
  })
  return { count, create, advise, churn, purge, heapBytes: perObject }
}

/** The best of several machines, where one has too few buffers for its creations to be timed. */
function best(way: keyof typeof WAYS, count: number): Row {
  const rows = Array.from({ length: count < OPERATIONS ? 2 * RUNS : 1 }, () => measure(way, count))
  const most = (of: (row: Row) => number) => Math.max(...rows.map(of))
  return {
    count,
    create: most((row) => row.create),
    advise: most((row) => row.advise),
    churn: most((row) => row.churn),
    purge: most((row) => row.purge),
    heapBytes: Math.min(...rows.map((row) => row.heapBytes)),
  }
}

/** The best of several runs of the C program, in operations a second. */
function measureC(program: string, count: number): Row {
  const runs = Array.from({ length: RUNS }, () => {
    const output = execFileSync(program, [String(count), String(4 * OPERATIONS)], { encoding: 'utf8' })
    return output.split(' ').map((ns) => 1e9 / Number(ns))
  })
  const most = (column: number) => Math.max(...runs.map((run) => run[column] ?? 0))
  return { count, create: most(0), advise: most(1), churn: 2 * most(2), purge: most(3), heapBytes: 0 }
}

function buildC(folder: string): string {
  const program = join(folder, 'objects')
  execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('objects.c', import.meta.url))])
  return program
}

/** Fastest over slowest, of each kind of operation. */
function factors(rows: readonly Row[]): Record<Kind, number> {
  const of = (kind: Kind) => {
    const rates = rows.map((row) => row[kind])
    return Math.max(...rates) / Math.min(...rates)
  }
  return { create: of('create'), advise: of('advise'), churn: of('churn'), purge: of('purge') }
}

if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc: npm run bench:sim')
const number = (value: number) => Math.round(value).toLocaleString('en')
const rate = (value: number) => `${number(value)} (${(value / AIM.perSecond).toFixed(2)})`

const folder = mkdtempSync(join(tmpdir(), 'gemrig-bench-'))
let plain: Record<Kind, number>
try {
  const program = buildC(folder)
  plain = factors(COUNTS.map((count) => measureC(program, count)))
} finally {
  rmSync(folder, { recursive: true })
}
console.log('operations a second (ratio to the aim of 1,000,000); bytes of heap an idle buffer (aim: 400)')
for (const way of ['public API', 'kernel alone'] as const) {
  // What is measured is the compiled code.
  for (let run = 0; run < RUNS; run++) measure(way, 10_000)
  const rows = COUNTS.map((count) => best(way, count))
  console.table(
    rows.map((row) => ({
      [way]: number(row.count),
      create: rate(row.create),
      madvise: rate(row.advise),
      'close, create': rate(row.churn),
      purge: rate(row.purge),
      heap: `${number(row.heapBytes)} (${(row.heapBytes / AIM.heapBytes).toFixed(2)})`,
    })),
  )
  const own = factors(rows)
  for (const kind of KINDS) {
    const beside = `${plain[kind].toFixed(2)} in C`
    console.log(
      `${kind}: fastest over slowest ${own[kind].toFixed(2)} (aim: at most ${AIM.factor}; ${beside})`,
    )
  }
}
