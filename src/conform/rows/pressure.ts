/** Rows: which pressure reaches the shrinkers of GPU drivers. mm/shrinker.c shrink_slab(), and its callers (6.12, 7.2). */
import type { Pressed } from '../place.js'
import { group, type Holds, type Need, type Row } from '../row.js'
import type { PressureName } from '../../pressure/pressure-source.js'
import { PANTHOR_OF_72 } from './panthor-scene.js'

interface Source {
  readonly source: PressureName
  readonly name: string
  readonly from: string
  readonly needs: readonly Need[]
  readonly holds?: Holds
  readonly expected: Pressed
}

/** Those that need page cache come before those that take it: a simulated machine gets no new one. */
const SOURCES: readonly Source[] = [
  {
    source: 'node-reclaim',
    name: "a node's reclaim file calls all shrinkers once its gates are open",
    from: 'mm/vmscan.c user_proactive_reclaim() (7.2)',
    needs: ['node-reclaim'],
    expected: 'all',
  },
  {
    source: 'page-cache-drop',
    name: 'drop_caches = 1 is for page cache alone: no shrinker is called',
    from: 'fs/drop_caches.c (6.12)',
    needs: ['purge'],
    expected: 'nothing',
  },
  {
    source: 'memory-reclaim',
    name: 'memory.reclaim of a cgroup calls shrinkers that know cgroups, which no DRM driver has',
    from: 'mm/shrinker.c shrink_slab_memcg() (6.12)',
    needs: ['cgroup'],
    expected: 'nothing',
  },
  {
    source: 'memory-high',
    name: 'memory.high of a cgroup, neither',
    from: 'mm/memcontrol.c reclaim_high() (6.12)',
    needs: ['cgroup'],
    expected: 'nothing',
  },
  {
    source: 'root-reclaim',
    name: 'memory.reclaim of the root calls all shrinkers',
    from: 'mm/vmscan.c root_reclaim() (6.12)',
    needs: ['root-reclaim'],
    expected: 'all',
  },
  {
    source: 'drop-caches',
    name: 'drop_caches = 2 calls all shrinkers at the highest priority',
    from: 'mm/vmscan.c drop_slab() (6.12)',
    needs: ['purge'],
    holds: { lacks: 'shmem-shrinker', why: 'the generic shrinker ends with one batch' },
    expected: 'all',
  },
]

const OF_PANTHOR = SOURCES.map((each) => ({
  ...each,
  holds: { ...PANTHOR_OF_72, why: 'Panthor of Linux 6.12 has no shrinker' },
}))

/** No i915 of Linux 7.2 was read or run. */
const BEFORE_72 = SOURCES.filter(({ source }) => source !== 'node-reclaim')

function rowsOf(
  driver: 'panfrost' | 'panthor' | 'i915',
  needs: readonly Need[],
  sources: readonly Source[],
): Row[] {
  return group(
    `pressure.${driver}`,
    { source: 'mm/shrinker.c (6.12)', needs: [driver, ...needs] },
    sources.map(({ source, from, ...row }) => ({
      ...row,
      id: source,
      source: from,
      run: (t) => t.press(source, driver),
    })),
  )
}

export const PRESSURE_ROWS: readonly Row[] = [
  ...rowsOf('panfrost', [], SOURCES),
  ...rowsOf('panthor', ['swap'], OF_PANTHOR),
  ...rowsOf('i915', [], BEFORE_72),
]
