import type { KernelBug } from './bug.js'

export const purgeAgainstFree: KernelBug = {
  name: 'purge-against-free',
  title: 'a buffer is purged while it is being freed',
  fix: 'aed44cbeae2b (drm/panfrost)',
  kernels: 'from 5.4 until the fix in 5.5',
  change:
    "panfrost_gem_free_object() takes the buffer off the shrinker's list after its pages are given back, in place of before.",
}
