import type { KernelBug } from './bug.js'

export const heapFaultPutPages: KernelBug = {
  name: 'heap-fault-put-pages',
  title: 'a heap fault that fails drops a reference on pages that it did not take',
  fix: '1fc9af813b25 (drm/panfrost)',
  kernels: 'until the fix in 2024',
  change: 'The error path of panfrost_mmu_map_fault_addr() calls drm_gem_shmem_put_pages().',
}
