import type { KernelBug } from './bug.js'

export const swapinKeepsPages: KernelBug = {
  name: 'swapin-keeps-pages',
  title: 'a swap-in that fails keeps the pages of an object that counts as evicted',
  fix: 'none: so in v17 13/18 of the generic drm-shmem shrinker',
  kernels: 'never merged',
  change:
    'drm_gem_shmem_swapin_locked() returns without giving the pages back when there is no sg table to be had.',
}
