import type { KernelBug } from './bug.js'

export const sharedBoPurged: KernelBug = {
  name: 'shared-bo-purged',
  title: 'a buffer that another process or device shares is purged',
  fix: 'base.dma_buf and import_attach in drm_gem_shmem_is_purgeable()',
  kernels: '5.4',
  change: 'drm_gem_shmem_is_purgeable() does not look at exports and imports.',
}
