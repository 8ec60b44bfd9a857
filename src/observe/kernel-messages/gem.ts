/** Messages of the GEM core, shmem helper, PRIME, drm_mm, dma-buf, heaps, TTM, the scheduler and i915 (6.12, 7.2). */
import { warnIn, type KernelMessage } from './message.js'

export const GEM_MESSAGES: readonly KernelMessage[] = [
  {
    name: 'gem-shmem-page-leak',
    pattern: /drm_WARN_ON\((refcount_read\(&)?shmem->(pages_use_count|pages_pin_count|vmap_use_count)/,
    severity: 'fail',
    meaning: 'a buffer was freed while its pages, a pin or a vmap were still counted',
  },
  {
    name: 'gem-shmem-invariant',
    pattern: warnIn('drivers/gpu/drm/drm_gem_shmem_helper.c', ''),
    severity: 'fail',
    meaning: 'an invariant of the shmem helper does not hold: pages, pins, purge or mmap',
  },
  {
    name: 'gem-invariant',
    pattern: warnIn('drivers/gpu/drm/drm_(gem|prime|mm|gpuvm)\\w*.c', ''),
    severity: 'fail',
    meaning: 'an invariant of the GEM core, PRIME or the address space does not hold',
  },
  {
    name: 'drm-mm-leak',
    pattern: /Memory manager not clean during takedown|node \[\w+ \+ \w+\]: unknown owner/,
    severity: 'fail',
    meaning: 'addresses leaked when a file was closed',
  },
  {
    name: 'drm-init-order',
    pattern: /DRM core is not initialized|cleanup called no dev/,
    severity: 'error',
    meaning: 'a device was registered before DRM was, or released without one',
  },
  {
    name: 'drm-wedged',
    pattern: /device wedged,/,
    severity: 'fail',
    meaning: 'the driver gave up its device',
  },
  {
    name: 'dma-buf-invariant',
    pattern: warnIn('drivers/dma-buf/\\w+.c', ''),
    severity: 'fail',
    meaning: 'an invariant of dma-buf does not hold',
  },
  {
    name: 'fence-released-early',
    pattern: /released with pending signals!/,
    severity: 'fail',
    meaning: 'a fence was freed before it signalled',
  },
  {
    name: 'heap-still-mapped',
    pattern: /buffer still mapped in the kernel/,
    severity: 'fail',
    meaning: 'a heap buffer was freed with a vmap',
  },
  {
    name: 'dma-heap-minor',
    pattern: /dma_heap: minor \d+ unknown/,
    severity: 'error',
    meaning: 'a device node of a heap that does not exist',
  },
  {
    name: 'udmabuf-init',
    pattern: /Could not initialize udmabuf/,
    severity: 'error',
    meaning: 'there is no /dev/udmabuf',
  },
  {
    name: 'ttm-invariant',
    pattern: warnIn('drivers/gpu/drm/ttm/\\w+.c', ''),
    severity: 'fail',
    meaning: 'an invariant of TTM does not hold',
  },
  {
    name: 'ttm-no-room',
    pattern:
      /Failed to find memory space for buffer|Buffer eviction failed|Failed allocating (page table|swap storage)/,
    severity: 'suspicious',
    meaning: 'no memory for an eviction',
  },
  {
    name: 'ttm-object-type',
    pattern: /Illegal buffer object type/,
    severity: 'fail',
    meaning: 'a driver handed TTM what is no buffer',
  },
  {
    name: 'drm-scheduler-misuse',
    pattern:
      /Jobs may not exceed the credit limit|credits cannot be 0!|entity has no rq!|Tearing down scheduler while jobs are pending/,
    severity: 'error',
    meaning: 'the GPU scheduler was used wrongly',
  },
  {
    name: 'i915-oom-purge',
    pattern: /Purging GPU memory, \d+ pages freed/,
    severity: 'suspicious',
    meaning: 'i915 was called because the machine was out of memory',
  },
]
