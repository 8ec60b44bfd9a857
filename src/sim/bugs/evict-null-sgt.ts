import type { KernelBug } from './bug.js'

export const evictNullSgt: KernelBug = {
  name: 'evict-null-sgt',
  title: 'an object that only CPU mappings use is evicted, and its sg table is NULL',
  fix: 'review of v17 13/18 of the generic drm-shmem shrinker',
  kernels: 'never merged',
  change:
    'drm_gem_shmem_is_evictable() does not ask for an sg table, and dma_unmap_sgtable() is called with what there is.',
}
