import type { KernelBug } from './bug.js'

export const shmemFreeTakesResv: KernelBug = {
  name: 'shmem-free-takes-resv',
  title: 'a shrinker that puts the last reference waits for a reservation inside reclaim',
  fix: 'v16 15/20, v17 13/18 of the generic drm-shmem shrinker; lockdep report on v6',
  kernels: 'never merged',
  change: 'drm_gem_shmem_free() takes the reservation lock, also when drm_gem_lru_scan() puts the object.',
}
