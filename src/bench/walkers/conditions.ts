/** The conditions that walkers are compared under. */

export const WALKERS = ['one-object', 'walk', 'cursor'] as const
export type WalkerName = (typeof WALKERS)[number]

export const CPUS = [1, 2, 4, 8] as const

/** Pages of each object; `mixed` draws from all. */
export const OBJECT_PAGES = {
  '4 KiB': 1,
  '64 KiB': 16,
  '1 MiB': 256,
  '16 MiB': 4096,
  '64 MiB': 16384,
} as const
export type ObjectSize = keyof typeof OBJECT_PAGES | 'mixed'
export const OBJECT_SIZES: readonly ObjectSize[] = ['4 KiB', '64 KiB', '1 MiB', '16 MiB', '64 MiB', 'mixed']

/**
 * What keeps 30 % of the objects from being freed. `locked`: somebody holds their reservation, so that a trylock fails.
 * `busy`: the GPU uses them, which is seen only after they were locked. `oldest`: the oldest objects, else any.
 */
export const OBSTACLES = ['none', 'locked', 'locked-oldest', 'busy', 'busy-oldest'] as const
export type Obstacle = (typeof OBSTACLES)[number]

export interface Condition {
  readonly cpus: number
  readonly objectSize: ObjectSize
  readonly obstacle: Obstacle
  /** One of the four clients works: it moves all its objects to the end of the LRU again and again. */
  readonly bulkMoves: boolean
}

/** Every combination, but bulk moves only where nothing obstructs. */
export function allConditions(): Condition[] {
  const conditions: Condition[] = []
  for (const objectSize of OBJECT_SIZES)
    for (const obstacle of OBSTACLES)
      for (const bulkMoves of obstacle === 'none' ? [false, true] : [false])
        for (const cpus of CPUS) conditions.push({ cpus, objectSize, obstacle, bulkMoves })
  return conditions
}
