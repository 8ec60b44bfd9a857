/** All bugs that can be switched on. */
import type { KernelBug } from './bug.js'
import { doubleDontneed } from './double-dontneed.js'
import { evictNullSgt } from './evict-null-sgt.js'
import { gemLruOnStack } from './gem-lru-on-stack.js'
import { handleGuess } from './handle-guess.js'
import { heapFaultGotPagesSgt } from './heap-fault-got-pages-sgt.js'
import { heapFaultPutPages } from './heap-fault-put-pages.js'
import { madviseShrinkerAbba } from './madvise-shrinker-abba.js'
import { purgeAgainstFree } from './purge-against-free.js'
import { sharedBoPurged } from './shared-bo-purged.js'
import { shmemFreeTakesResv } from './shmem-free-takes-resv.js'
import { shmemPrivateMapping } from './shmem-private-mapping.js'
import { swapinKeepsPages } from './swapin-keeps-pages.js'

export const KERNEL_BUGS: readonly KernelBug[] = [
  doubleDontneed,
  purgeAgainstFree,
  madviseShrinkerAbba,
  sharedBoPurged,
  handleGuess,
  heapFaultPutPages,
  heapFaultGotPagesSgt,
  gemLruOnStack,
  shmemPrivateMapping,
  shmemFreeTakesResv,
  evictNullSgt,
  swapinKeepsPages,
]
