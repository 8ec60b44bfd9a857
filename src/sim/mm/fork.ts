/** A forked process that looks at what it inherits: kernel/fork.c (dup_mmap), mm/mmap.c (__split_vma), 6.12. */
import { ERRNO } from '../../backend/errno.js'
import type { Kernel } from '../kernel.js'
import { PAGE_SIZE } from './page.js'
import { verify } from './user-access.js'
import type { Vma } from './vma.js'

/** The contract of memory-calls.ts. Exec and exit alike end in exit_mmap(), which closes the mappings. */
export function verifyInFork(kernel: Kernel, vma: Vma, seed: bigint): number {
  const child = kernel.tasks.fork(vma.task, vma.task.name)
  try {
    const whole = vma.fork(child)
    if (whole === undefined) return -ERRNO.EOPNOTSUPP
    const matched = verify(kernel, whole, seed, 0, whole.lengthBytes)
    const kept = Math.ceil(whole.pages / 2) * PAGE_SIZE
    // The split makes a second mapping of the part that stays; the part that goes is closed with the first one.
    const part = kept < whole.lengthBytes ? whole.fork(child, kept) : whole
    if (part === undefined) return -ERRNO.EOPNOTSUPP
    if (part !== whole) whole.unmap()
    const again = matched < 0 ? matched : verify(kernel, part, seed, 0, part.lengthBytes)
    return again < 0 || again < part.lengthBytes ? Math.min(matched, again) : matched
  } finally {
    kernel.tasks.exit(child, { code: 0, signal: null })
  }
}
