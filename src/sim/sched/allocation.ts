/**
 * Allocations that may sleep, and the reclaim that they may do: might_alloc(), __perform_reclaim(), mm/page_alloc.c
 * (6.12).
 *
 * In ordinary use the page allocator reclaims when memory is short, below the path that asked. A scheduler decides by
 * its seed instead, at this point, so that reclaim meets every state that a path can be in.
 */
import type { Kernel } from '../kernel.js'
import { Op, type Path } from './path.js'

/** What a sleeping allocation comes to. */
export const ALLOCATION = { ready: 0, reclaimFirst: 1, fails: 2 } as const

class SimpleOp extends Op {
  readonly name: string

  constructor(kind: Op['kind'], name: string, traceId: number) {
    super(kind)
    this.name = name
    this.traceId = traceId
  }

  perform(): number {
    return ALLOCATION.ready
  }

  at(where: string): this {
    this.where = where
    return this
  }
}

// They are the same in all runs, hence ids that no scheduler gives.
const allocateOp = new SimpleOp('allocate', 'memory', -1)
const enterReclaimOp = new SimpleOp('enter-reclaim', 'fs_reclaim', -2)
const leaveReclaimOp = new SimpleOp('leave-reclaim', 'fs_reclaim', -3)

/** Before memory is taken with a mask that may sleep. False: there is none to be had (-ENOMEM). */
export function* mayAllocate(kernel: Kernel, where: string): Path<boolean> {
  const answer = yield allocateOp.at(where)
  if (answer === ALLOCATION.ready) return true
  yield* reclaim(kernel, 128, where)
  return answer !== ALLOCATION.fails
}

/** One pass over the shrinkers that are paths, as direct reclaim or kswapd makes it. Pages freed. */
export function* reclaim(kernel: Kernel, nrToScan: number, where: string): Path<number> {
  yield enterReclaimOp.at(where)
  let freed = 0
  for (const shrinker of kernel.steppedShrinkers) {
    const control = { memcg: kernel.memcg.root, nrToScan, nrScanned: nrToScan }
    if ((yield* shrinker.count(control)) > 0) freed += Math.max(0, yield* shrinker.scan(control))
  }
  yield leaveReclaimOp.at(where)
  return freed
}
