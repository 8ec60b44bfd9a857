/** Reclaim that a write to a file asks for: memory_reclaim(), mm/memcontrol.c (6.12); user_proactive_reclaim(), mm/vmscan.c (7.2). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { memparse } from '../lib/memparse.js'
import type { MemCgroup } from './mem-cgroup.js'
import { PAGE_SIZE } from './page.js'
import { DEF_PRIORITY } from './scan-control.js'

const MAX_RECLAIM_RETRIES = 16
const MAX_SWAPPINESS = 200

interface Request {
  readonly pages: number
  readonly swappiness: number | null
}

/** Of a cgroup. -EAGAIN says that too few pages of the lists went, not what shrinkers freed. */
export function reclaimMemcg(kernel: Kernel, memcg: MemCgroup, text: string): NegativeErrno | 0 {
  return reclaim(kernel, text, (pages, swappiness) =>
    kernel.vmscan.tryToFreeMemCgroupPages(memcg, pages, swappiness),
  )
}

/** Of the node: the file that 7.2 has. Nothing is done while the page cache is small, which is -EAGAIN as well. */
export function reclaimNode(kernel: Kernel, text: string): NegativeErrno | 0 {
  return reclaim(kernel, text, (pages, swappiness) =>
    Math.max(0, kernel.vmscan.nodeReclaim(Math.max(1, pages), DEF_PRIORITY, swappiness)),
  )
}

function reclaim(
  kernel: Kernel,
  text: string,
  free: (pages: number, swappiness: number | null) => number,
): NegativeErrno | 0 {
  const request = parse(text)
  if (request === null) return -ERRNO.EINVAL
  let reclaimed = 0
  for (let retries = MAX_RECLAIM_RETRIES; reclaimed < request.pages;) {
    if (kernel.currentIsDying()) return -ERRNO.EINTR
    const more = free(Math.floor((request.pages - reclaimed) / 4), request.swappiness)
    if (more === 0 && retries-- === 0) return -ERRNO.EAGAIN
    reclaimed += more
  }
  return 0
}

/** "<bytes> [swappiness=N]". */
function parse(text: string): Request | null {
  const parsed = memparse(text.trim())
  if (parsed === null) return null
  let swappiness: number | null = null
  for (const option of parsed.rest.trim().split(' ')) {
    if (option === '') continue
    const match = /^swappiness=([0-9]+)$/.exec(option)
    if (match === null || Number(match[1]) > MAX_SWAPPINESS) return null
    swappiness = Number(match[1])
  }
  return { pages: Number(parsed.value / BigInt(PAGE_SIZE)), swappiness }
}
