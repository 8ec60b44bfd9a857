import type { KernelBug } from './bug.js'

export const doubleDontneed: KernelBug = {
  name: 'double-dontneed',
  title: 'list corruption when a buffer is advised DONTNEED twice',
  fix: '9fc33eaaa979 (drm/panfrost)',
  kernels: 'from 5.4 until the fix in 5.19',
  change:
    "MADVISE adds the buffer to the shrinker's list with list_add_tail() even if it is in it already, in place of list_move_tail().",
}
