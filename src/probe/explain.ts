/** One line for what a user would otherwise learn the hard way. */
import type { PressureName } from '../pressure/pressure-source.js'
import type { ProbeRow, ProbeTarget } from './probe-event.js'

/** Sources that act inside a cgroup, where only memcg-aware shrinkers are called: mm/shrinker.c, shrink_slab_memcg. */
const INSIDE_CGROUP: ReadonlySet<PressureName> = new Set([
  'cgroup-squeeze',
  'memory-max',
  'memory-high',
  'memory-reclaim',
])

export function isInsideCgroup(source: PressureName): boolean {
  return INSIDE_CGROUP.has(source)
}

export interface Circumstances {
  readonly target: ProbeTarget
  /** The machine has swap space, and some of it is free. */
  readonly hasSwap: boolean
}

type Measured = Pick<ProbeRow, 'source' | 'reclaimed' | 'given' | 'oomKills' | 'hogsKilled' | 'targetKilled'>

/** Undefined where nothing needs to be said, or nothing is known. */
export function explain(row: Measured, { target, hasSwap }: Circumstances): string | undefined {
  const { source, reclaimed, given } = row
  if (row.targetKilled) return 'the OOM killer took the owner of the buffers, and so they came back'
  if (reclaimed === undefined) return `${target.driver} does not tell what is resident (fdinfo)`
  if (source === 'page-cache-drop')
    return reclaimed === 0
      ? 'page cache only: no shrinker is called'
      : 'not expected: something else reclaimed'
  if (isInsideCgroup(source)) {
    if (reclaimed > 0) return `this kernel calls the shrinker of ${target.driver} for a cgroup`
    const end = row.hogsKilled > 0 ? '; it ends in the OOM killer' : ''
    return `the shrinker of ${target.driver} is not memcg-aware: a cgroup's limit does not reach it${end}`
  }
  if (reclaimed > 0) return undefined
  if (target.kind === 'evict' && !hasSwap) return `${target.driver} evicts to swap only, and there is none`
  if (source === 'node-reclaim-gated')
    return 'the gate is closed: too little unmapped page cache and slab (vm.min_unmapped_ratio, vm.min_slab_ratio)'
  if (source === 'driver-debugfs' && target.driver === 'panfrost') return 'panfrost has no such file'
  return given === 0
    ? undefined
    : 'the shrinker was not called, or found nothing idle: try again, or for longer'
}
