import type { KernelBug } from './bug.js'

export const madviseShrinkerAbba: KernelBug = {
  name: 'madvise-shrinker-abba',
  title: 'madvise and the shrinker take locks in opposite orders',
  fix: '7d2d6d01293e (drm/panfrost)',
  kernels: 'from 5.4 until the fix; shown here with the locks of 6.12',
  change: 'panfrost_gem_purge() waits for mappings.lock and for the reservation, in place of trying them.',
}
