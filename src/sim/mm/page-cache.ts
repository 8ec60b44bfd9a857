/** The page cache, as counts: clean pages of files that can always be dropped. mm/filemap.c (6.12), much reduced. */
import type { Kernel } from '../kernel.js'
import { GFP_HIGHUSER } from './gfp.js'
import type { MemCgroup } from './mem-cgroup.js'

export class PageCache {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Reads `pages` pages of a file that was not cached, on behalf of `memcg`. Stops short when memory ends. */
  add(memcg: MemCgroup, pages: number): void {
    for (let done = 0; done < pages;) {
      const more = this.#kernel.allocateCharged('file', memcg, pages - done, GFP_HIGHUSER)
      if (more === 0) return
      done += more
    }
  }

  evict(memcg: MemCgroup, pages: number): void {
    if (pages === 0) return
    this.#kernel.memcg.uncharge(memcg, 'file', pages)
    this.#kernel.pages.free('file', pages)
  }
}
