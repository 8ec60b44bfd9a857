/** The free list with a shrinker of its own: deferred-free-helper.c of the series (RFC v6, February 2021). */
import type { Kernel } from '../../kernel.js'
import type { ShrinkControl, Shrinker } from '../../mm/shrinker.js'
import { FreeList } from './free-list.js'

export class DeferredFree extends FreeList implements Shrinker {
  readonly name = 'dmabuf-deferred-free'
  readonly memcgAware = false

  constructor(kernel: Kernel) {
    super(kernel)
    kernel.shrinkers.register(this)
  }

  countObjects(): number {
    return this.pages
  }

  scanObjects(control: ShrinkControl): number {
    return this.shrink(control.nrToScan, 'pressure')
  }
}
