import type { KernelBug } from './bug.js'

export const heapFaultGotPagesSgt: KernelBug = {
  name: 'heap-fault-got-pages-sgt',
  title: 'pages_use_count is not 0 when a heap buffer is freed',
  fix: 'report on v16 20/20 of the generic drm-shmem shrinker (RK3288, 6.5-rc2)',
  kernels: 'never merged',
  change:
    'drm_gem_shmem_free() of that series drops a use of the pages only if got_pages_sgt is set, which a heap fault does not do.',
}
