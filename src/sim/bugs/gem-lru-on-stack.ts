import type { KernelBug } from './bug.js'

export const gemLruOnStack: KernelBug = {
  name: 'gem-lru-on-stack',
  title: "an object uses the LRU lock through a list on another's stack",
  fix: "the device's gem_lru_mutex of 7.2, for e7c2af13f811",
  kernels: '6.12.117 still has it; 7.2 does not',
  change:
    'drm_gem_lru_remove() finds the lock through obj->lru, which drm_gem_lru_scan() lets point into its own stack frame.',
}
