/**
 * What work costs, in steps of the simulation: a step is about a cache miss. Chosen, never measured; conclusions are
 * drawn from comparisons of walkers that pay the same prices.
 */
export const STEPS = {
  /** Taking or giving back a spinlock that nobody else wants, and setting a cursor. */
  lock: 2,
  /** Going to the next entry of an LRU and trying its reservation lock. */
  look: 1,
  /** Reference, driver's checks, reservation unlock: for each object that was got, freed or not. */
  processObject: 20,
  /** Unmapping and freeing a page. */
  freePage: 1,
  /** One call of count_objects() or scan_objects(). */
  shrinkerCall: 10,
  /** Moving a VM's range of an LRU to its end, under the lock. */
  bulkMove: 8,
} as const
