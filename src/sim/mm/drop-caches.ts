/** What a write to /proc/sys/vm/drop_caches starts: fs/drop_caches.c, drop_slab() of mm/vmscan.c (6.12). */
import type { Kernel } from '../kernel.js'

/** Bit 0: the page cache. Bit 1: every shrinker at priority 0. */
export function dropCaches(kernel: Kernel, value: number): void {
  if ((value & 1) !== 0) {
    for (const memcg of kernel.memcg.root.tree()) kernel.pageCache.evict(memcg, memcg.fileLruPages)
    kernel.events.add('drop_pagecache')
  }
  if ((value & 2) !== 0) {
    dropSlab(kernel)
    kernel.events.add('drop_slab')
  }
}

/** Again and again, as long as a pass frees more than a share that doubles with each pass. */
function dropSlab(kernel: Kernel): void {
  for (let shift = 0; ; shift++) {
    let freed = 0
    for (const memcg of kernel.memcg.root.tree()) freed += kernel.shrinkers.shrinkSlab(memcg, 0)
    if (Math.floor(freed / 2 ** shift) <= 1) return
  }
}
