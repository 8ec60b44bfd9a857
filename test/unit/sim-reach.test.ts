/**
 * Which pressure reaches which shrinker: every source against every shrinker of a GPU's or heap's memory, as shrink_slab()
 * of mm/shrinker.c and its callers (6.12, 7.2 for the node's reclaim file) have it. Each kind has a machine of its own,
 * with idle objects that belong to a child cgroup; it is reached when its scan function was called.
 */
import { expect, test } from 'vitest'
import { openDeviceOf } from '../../src/device/open-device.js'
import { TtmPool } from '../../src/sim/drm/ttm/ttm-pool.js'
import type { Kernel, KernelOptions } from '../../src/sim/kernel.js'
import type { Shrinker } from '../../src/sim/mm/shrinker.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import { hog, MIB, NODE, type Process, TestMachine } from './sim-machine.js'

const ROOT = '/sys/fs/cgroup'
const IDLE_BYTES = 8 * MIB
const IDLE_PAGES = IDLE_BYTES / 4096
/** Kinds of shrinkers, with the names by which the kernel knows them. */
const KINDS = {
  panfrost: 'drm-panfrost',
  shmem: 'ff9a0000.gpu',
  'shmem evict': 'ff9a0000.gpu',
  panthor: 'drm-panthor-gem',
  i915: 'drm-i915_gem',
  'ttm pool': 'drm-ttm_pool',
  'heap pool': 'drm-page-pool',
  'heap free': 'dmabuf-deferred-free',
  superblock: 'sb-test',
} as const
type Kind = keyof typeof KINDS
const kinds = Object.keys(KINDS) as Kind[]

const ALL = kinds
const NONE: readonly Kind[] = []
const MEMCG_AWARE: readonly Kind[] = ['superblock']
/** Counts nothing without a free slot, so that scan is not asked: panthor_gem_shrinker_count(). */
const COUNTS_SWAP: readonly Kind[] = ['panthor']
/** Sources that ask scan without count. */
const SCANS_ALONE = ['shrinker debugfs', "driver's debugfs"]

const EXPECTED: Readonly<Record<string, readonly Kind[]>> = {
  // balance_pgdat(): node reclaim from the root.
  kswapd: ALL,
  // __alloc_pages_slowpath(): the same, and out_of_memory() when all is in vain.
  'global hog until OOM': ALL,
  'drop_caches=1': NONE,
  'drop_caches=2': ALL,
  'drop_caches=3': ALL,
  // Charges, limits and memory.reclaim of a child: shrink_slab_memcg() only.
  'child memory.max': MEMCG_AWARE,
  'child memory.high': MEMCG_AWARE,
  'child memory.reclaim': MEMCG_AWARE,
  'child memory.max lowered': MEMCG_AWARE,
  'root memory.reclaim': ALL,
  'node reclaim': ALL,
  // Both gates shut: -EAGAIN, and nobody is asked.
  'node reclaim, little cache': NONE,
  zone_reclaim_mode: ALL,
  // out_of_memory() alone: only the notifier chain, in which i915 is.
  'SysRq f': ['i915'],
  'shrinker debugfs': ALL,
  // Panthor's shrink, i915_gem_drop_caches and page_pool_shrink: Panfrost and heaps have none.
  "driver's debugfs": ['panthor', 'i915', 'ttm pool'],
}

const COUNT = { nrToScan: 0, nrScanned: 0 }

interface Scene {
  readonly kind: Kind
  readonly machine: TestMachine
  readonly shrinker: Shrinker
  readonly admin: Process
  readonly child: Process
  readonly write: (path: string, text: string) => number
}

const overuse = (process: Process, bytes: number): void => {
  try {
    hog(process, bytes)
  } catch (error) {
    if (!(error instanceof TaskKilled)) throw error
  }
}

const fillTo = ({ machine }: Scene, freePages: number): void =>
  overuse(machine.spawn('hog'), (machine.kernel.pages.freePages - freePages) * 4096)

const DRIVER_DEBUGFS: Partial<Record<Kind, (scene: Scene) => void>> = {
  panthor: ({ write }) => expect(write('/sys/kernel/debug/dri/fb000000.gpu/shrink', '2048')).toBe(0),
  i915: ({ write }) =>
    expect(write('/sys/kernel/debug/dri/0000:00:02.0/i915_gem_drop_caches', '0x20')).toBe(0),
  'ttm pool': ({ machine, admin }) => machine.read(admin, '/sys/kernel/debug/ttm/page_pool_shrink'),
}

const PRESS: Readonly<Record<string, (scene: Scene) => void>> = {
  kswapd: (scene) => fillTo(scene, scene.machine.kernel.pages.watermarks.lowPages - 200),
  'global hog until OOM': ({ machine }) => {
    for (let i = 0; i < 3 && machine.kernel.events.get('oom_kill') === 0; i++)
      overuse(machine.spawn('hog'), 48 * MIB)
  },
  'drop_caches=1': ({ write }) => write('/proc/sys/vm/drop_caches', '1'),
  'drop_caches=2': ({ write }) => write('/proc/sys/vm/drop_caches', '2'),
  'drop_caches=3': ({ write }) => write('/proc/sys/vm/drop_caches', '3'),
  'child memory.max': ({ child, write }) => {
    write(`${ROOT}/squeeze/memory.max`, '12M')
    overuse(child, 24 * MIB)
  },
  'child memory.high': ({ child, write }) => {
    write(`${ROOT}/squeeze/memory.high`, '9M')
    overuse(child, 2 * MIB)
  },
  'child memory.reclaim': ({ write }) => write(`${ROOT}/squeeze/memory.reclaim`, '4M'),
  'child memory.max lowered': ({ write }) => write(`${ROOT}/squeeze/memory.max`, '1M'),
  'root memory.reclaim': ({ write }) => write(`${ROOT}/memory.reclaim`, '64M'),
  'node reclaim': ({ write }) => write('/sys/devices/system/node/node0/reclaim', '64M'),
  'node reclaim, little cache': ({ write }) => {
    write('/proc/sys/vm/min_unmapped_ratio', '100')
    expect(write('/sys/devices/system/node/node0/reclaim', '64M')).toBe(-11)
  },
  zone_reclaim_mode: (scene) => {
    scene.write('/proc/sys/vm/zone_reclaim_mode', '1')
    fillTo(scene, scene.machine.kernel.pages.watermarks.lowPages - 8)
  },
  'SysRq f': ({ write }) => write('/proc/sysrq-trigger', 'f'),
  'shrinker debugfs': ({ machine, shrinker, write }) => {
    const number = [...machine.kernel.shrinkers.all()].find(([, each]) => each === shrinker)?.[0]
    const scan = `/sys/kernel/debug/shrinker/${shrinker.name}-${number}/scan`
    // One that knows no cgroups takes 0 alone.
    if (!shrinker.memcgAware) expect(write(scan, '1 0 10')).toBe(-22)
    expect(write(scan, shrinker.memcgAware ? '1 0 10' : '0 0 10')).toBe(0)
  },
  "driver's debugfs": (scene) => DRIVER_DEBUGFS[scene.kind]?.(scene),
}

/** The machine of each kind; release 7.2 besides. */
const OPTIONS: Partial<Record<Kind, Omit<KernelOptions, 'nowNs'>>> = {
  shmem: { patches: 'shrinker' },
  'shmem evict': { patches: 'eviction' },
  panthor: { gpu: 'panthor' },
  i915: { gpu: 'i915' },
  'ttm pool': { gpu: 'i915' },
  'heap pool': { heaps: ['system-pooled'] },
  'heap free': { heaps: ['system-pooled'] },
}

/** Buffers of the machine's GPU that were written to and may be taken. */
function idleBuffers({ backend }: Process, advise: boolean): void {
  const device = openDeviceOf(backend, { node: NODE })
  for (let i = 0; i < 32; i++) {
    const buffer = device.createBuffer({ sizeBytes: IDLE_BYTES / 32 })
    const map = buffer.map()
    map.fill(1n)
    map.close()
    if (advise) buffer.madvise('dontneed')
  }
}

/** A shrinker that knows of cgroups, as those of file systems do: what it counts never ends. */
function registerSuperblock(kernel: Kernel, child: Process): void {
  const superblock: Shrinker = {
    name: KINDS.superblock,
    memcgAware: true,
    countObjects: () => IDLE_PAGES,
    scanObjects: ({ nrToScan }) => Math.floor(nrToScan / 64),
  }
  kernel.shrinkers.register(superblock)
  kernel.shrinkers.setBit(child.task.cgroup.effectiveMemcg(), superblock)
  idleBuffers(child, true)
}

/** Buffers of the heap that were given back: one that the thread frees, others in the list, and after a while all in pools. */
function freeHeapBuffers({ backend }: Process): void {
  const heap = backend.dmaHeap.open('system')
  const buffers = Array.from({ length: 8 }, () => backend.dmaHeap.allocate(heap, IDLE_BYTES / 8))
  for (const buffer of buffers) backend.dmaHeap.close(buffer)
  backend.dmaHeap.close(heap)
}

function populate(kind: Kind, machine: TestMachine, child: Process): void {
  const { kernel } = machine
  if (kind === 'superblock') registerSuperblock(kernel, child)
  else if (kind === 'ttm pool') {
    const pool = new TtmPool(kernel, kernel.initTtm(true).pools)
    const blocks = pool.alloc(IDLE_PAGES, 'write-combined')
    if (typeof blocks === 'number') throw new Error('no memory')
    pool.free(blocks, 'write-combined')
  } else if (kind === 'heap pool' || kind === 'heap free') {
    freeHeapBuffers(child)
    if (kind === 'heap free') return
    machine.nowNs += 1e9
    machine.read(child, '/proc/meminfo')
  } else idleBuffers(child, kind !== 'panthor' && kind !== 'shmem evict')
}

/** Whether the source reached the shrinker of this kind. */
function isReached(kind: Kind, source: string, swapBytes: number): boolean {
  const machine = new TestMachine({
    memoryBytes: 64 * MIB,
    release: '7.2',
    shrinkerDebug: true,
    ...OPTIONS[kind],
    ...(swapBytes > 0 && { swap: { bytes: swapBytes } }),
  })
  const { kernel } = machine
  const admin = machine.spawn('admin')
  const child = machine.spawnIn('squeeze')
  const write = (path: string, text: string): number => machine.write(admin, path, text)
  write(`/proc/${admin.task.pid}/oom_score_adj`, '-1000')
  populate(kind, machine, child)
  const shrinker = [...kernel.shrinkers.all()]
    .map(([, each]) => each)
    .find(({ name }) => name === KINDS[kind])
  if (shrinker === undefined) throw new Error(`no ${KINDS[kind]}`)
  // i915 begins with a batch of 4096 pages, which each count brings down to two of its objects.
  if (kind === 'i915')
    for (let i = 0; i < 8; i++) shrinker.countObjects({ ...COUNT, memcg: kernel.memcg.root })
  let reached = false
  const spy = (target: object, name: string): void => {
    const method = Reflect.get(target, name) as ((...args: unknown[]) => unknown) | undefined
    if (method === undefined) return
    Reflect.set(target, name, (...args: unknown[]) => {
      reached = true
      return method.apply(target, args)
    })
  }
  // i915's notifier and its debugfs have entries of their own.
  for (const name of ['scanObjects', 'outOfMemory', 'shrinkAll']) spy(shrinker, name)
  PRESS[source]?.({ kind, machine, shrinker, admin, child, write })
  kernel.checkInvariants()
  return reached
}

test.each([
  ['a swap device', 16 * MIB],
  ['no swap', 0],
])('pressure sources against kinds of shrinkers, with %s', (_, swapBytes) => {
  const rows: string[] = []
  const differences: string[] = []
  for (const [source, reaches] of Object.entries(EXPECTED)) {
    const cells = kinds.map((kind) => {
      const expected =
        reaches.includes(kind) &&
        (swapBytes > 0 || !COUNTS_SWAP.includes(kind) || SCANS_ALONE.includes(source))
      const actual = isReached(kind, source, swapBytes)
      if (actual !== expected) differences.push(`${source}: ${kind}`)
      return `${expected ? 'yes' : 'no'}/${actual ? 'yes' : 'no'}`.padEnd(12)
    })
    rows.push(source.padEnd(28) + cells.join(''))
  }
  const header = 'source (expected/measured)'.padEnd(28) + kinds.map((kind) => kind.padEnd(12)).join('')
  console.log([header, ...rows].join('\n'))
  expect(differences).toEqual([])
})
