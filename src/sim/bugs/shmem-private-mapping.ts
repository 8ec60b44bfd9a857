import type { KernelBug } from './bug.js'

export const shmemPrivateMapping: KernelBug = {
  name: 'shmem-private-mapping',
  title: 'writing to a private mapping of a buffer hits a BUG_ON',
  fix: '39bc27bd6880 (drm/shmem-helper)',
  kernels: 'until the fix in 2024',
  change: 'drm_gem_shmem_mmap() accepts MAP_PRIVATE with PROT_WRITE.',
}
