/** All kinds of calls in random programs. Their order is part of what a seed means. */
import { needing, type CallKind } from '../call-kind.js'
import { BUFFER_CALLS } from './buffers.js'
import { DMA_BUF_CALLS } from './dma-bufs.js'
import { MEMORY_CALLS } from './memory.js'
import { PANTHOR_CALLS } from './panthor.js'
import { REQUEST_CALLS } from './requests.js'
import { SYNCOBJ_CALLS } from './syncobjs.js'

export const CALL_KINDS: readonly CallKind[] = [
  ...BUFFER_CALLS,
  ...MEMORY_CALLS,
  ...DMA_BUF_CALLS,
  ...SYNCOBJ_CALLS,
  ...needing('panfrost', REQUEST_CALLS),
  ...needing('panthor', PANTHOR_CALLS),
]
