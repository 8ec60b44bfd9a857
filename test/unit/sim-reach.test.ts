/**
 * Which pressure reaches which shrinker: every source against every kind of shrinker, as shrink_slab() of
 * mm/shrinker.c and its callers (6.12, 7.2 for the node's reclaim file) have it. All runs have idle objects in a child
 * cgroup; a kind is reached when its scan function was called.
 */
import { expect, test } from 'vitest'
import { SHRINK_EMPTY, type Shrinker } from '../../src/sim/mm/shrinker.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import { hog, idleBos, MIB, NODE, type Process, TestMachine } from './sim-machine.js'

const ROOT = '/sys/fs/cgroup'
const KINDS = ['panfrost', 'panthor', 'superblock', 'ttm_pool', 'notifier'] as const

/** Source: reached kinds with swap, in the order of KINDS, without a needs-swap kind when there is no swap. */
const EXPECTED: Readonly<Record<string, string>> = {
  // balance_pgdat(): node reclaim from the root.
  kswapd: 'yes yes yes yes no',
  // __alloc_pages_slowpath(): the same, and out_of_memory() when all is in vain.
  'global hog until OOM': 'yes yes yes yes yes',
  'drop_caches=1': 'no no no no no',
  'drop_caches=2': 'yes yes yes yes no',
  'drop_caches=3': 'yes yes yes yes no',
  // Charges, limits and memory.reclaim of a child: shrink_slab_memcg() only.
  'child memory.max': 'no no yes no no',
  'child memory.high': 'no no yes no no',
  'child memory.reclaim': 'no no yes no no',
  'child memory.max lowered': 'no no yes no no',
  'root memory.reclaim': 'yes yes yes yes no',
  'node reclaim': 'yes yes yes yes no',
  // Both gates shut: -EAGAIN, and nobody is asked.
  'node reclaim, little cache': 'no no no no no',
  zone_reclaim_mode: 'yes yes yes yes no',
  // out_of_memory() alone: only the notifier chain.
  'SysRq f': 'no no no no yes',
  'debugfs scan of panfrost': 'yes no no no no',
}

interface Scene {
  readonly machine: TestMachine
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
  'debugfs scan of panfrost': ({ write }) => {
    expect(write('/sys/kernel/debug/shrinker/drm-panfrost-0/scan', '1 0 10')).toBe(-22)
    expect(write('/sys/kernel/debug/shrinker/drm-panfrost-0/scan', '0 0 10')).toBe(0)
  },
}

/** A shrinker with plenty of idle objects: it remembers that it was scanned, and frees nothing for good. */
function stub(name: string, memcgAware: boolean, count: () => number, scanned: Set<string>): Shrinker {
  return {
    name,
    memcgAware,
    countObjects: count,
    scanObjects: ({ nrToScan }) => (scanned.add(name), Math.floor(nrToScan / 64)),
  }
}

function measure(source: string, swapBytes: number): Map<string, boolean> {
  const machine = new TestMachine({
    memoryBytes: 64 * MIB,
    release: '7.2',
    shrinkerDebug: true,
    ...(swapBytes > 0 && { swap: { bytes: swapBytes } }),
  })
  const { kernel } = machine
  const admin = machine.spawn('admin')
  const child = machine.spawnIn('squeeze')
  const write = (path: string, text: string): number => machine.write(admin, path, text)
  write(`/proc/${admin.task.pid}/oom_score_adj`, '-1000')
  const scanned = new Set<string>()
  idleBos(child, child.backend.drm.open(NODE), 32, 256 * 1024)
  // Counts nothing without a free slot: panthor_gem_shrinker_count().
  const panthor = stub('panthor', false, () => (kernel.swap.freePages > 0 ? 4096 : SHRINK_EMPTY), scanned)
  const superblock = stub('superblock', true, () => 4096, scanned)
  for (const shrinker of [panthor, superblock, stub('ttm_pool', false, () => 4096, scanned)])
    kernel.shrinkers.register(shrinker)
  kernel.shrinkers.setBit(child.task.cgroup.effectiveMemcg(), superblock)
  kernel.oom.onOutOfMemory(() => (scanned.add('notifier'), 0))
  PRESS[source]?.({ machine, admin, child, write })
  kernel.checkInvariants()
  if (kernel.shrinkers.stat(kernel.panfrost.shrinker).freed > 0 || kernel.panfrost.shrinker.purgedObjects > 0)
    scanned.add('panfrost')
  return new Map(KINDS.map((kind) => [kind, scanned.has(kind)]))
}

test.each([
  ['a swap device', 16 * MIB],
  ['no swap', 0],
])('pressure sources against kinds of shrinkers, with %s', (_, swapBytes) => {
  const rows: string[] = []
  let differences = 0
  for (const [source, row] of Object.entries(EXPECTED)) {
    const measured = measure(source, swapBytes)
    const cells = row.split(' ').map((word, i) => {
      const kind = KINDS[i] ?? 'panfrost'
      const expected = word === 'yes' && !(kind === 'panthor' && swapBytes === 0)
      const actual = measured.get(kind) === true
      if (actual !== expected) differences++
      return `${expected ? 'yes' : 'no'}/${actual ? 'yes' : 'no'}`.padEnd(11)
    })
    rows.push(source.padEnd(28) + cells.join(''))
  }
  const header = 'source (expected/measured)'.padEnd(28) + KINDS.map((kind) => kind.padEnd(11)).join('')
  console.log([header, ...rows].join('\n'))
  expect(differences, rows.join('\n')).toBe(0)
})
