/** All rows of the suite, in the order in which they run. */
import type { Row } from '../row.js'
import { ABSENT_DRIVER_ROWS } from './absent-driver.js'
import { BATCH_ROWS } from './batch.js'
import { CAPABILITY_ROWS } from './capabilities.js'
import { DMA_BUF_ROWS } from './dma-buf.js'
import { DMA_HEAP_ROWS } from './dma-heap.js'
import { DRM_ROWS } from './drm.js'
import { FDINFO_ROWS } from './fdinfo.js'
import { FENCE_ROWS } from './fences.js'
import { I915_ROWS } from './i915.js'
import { I915_MADVISE_ROWS } from './i915-madvise.js'
import { MEMORY_ROWS } from './memory.js'
import { MEMORY_MORE_ROWS } from './memory-more.js'
import { MMAP_ROWS } from './mmap.js'
import { PANFROST_ROWS } from './panfrost.js'
import { PANFROST_CREATE_ROWS } from './panfrost-create.js'
import { PANFROST_NEW_ROWS } from './panfrost-new.js'
import { PANFROST_REQUEST_ROWS } from './panfrost-requests.js'
import { PANFROST_SUBMIT_ROWS } from './panfrost-submit.js'
import { PANTHOR_BO_ROWS } from './panthor-bo.js'
import { PANTHOR_GROUP_ROWS } from './panthor-group.js'
import { PANTHOR_RECLAIM_ROWS } from './panthor-reclaim.js'
import { PANTHOR_VM_ROWS } from './panthor-vm.js'
import { PRESSURE_ROWS } from './pressure.js'
import { PRIME_ROWS } from './prime.js'
import { PURGE_ROWS } from './purge.js'
import { PURGE_ORDER_ROWS } from './purge-order.js'
import { PURGE_MORE_ROWS } from './purge-more.js'
import { SHARED_MADVISE_ROWS } from './shared-madvise.js'
import { SHMEM_SHRINKER_ROWS } from './shmem-shrinker.js'
import { SYNC_FILE_ROWS } from './sync-files.js'
import { SYNCOBJ_ROWS } from './syncobj.js'
import { UDMABUF_ROWS } from './udmabuf.js'
import { VGEM_ROWS } from './vgem.js'
import { WRONG_FILE_ROWS } from './wrong-file.js'

export const ROWS: readonly Row[] = [
  ...MEMORY_ROWS,
  ...MEMORY_MORE_ROWS,
  ...WRONG_FILE_ROWS,
  ...DRM_ROWS,
  ...CAPABILITY_ROWS,
  ...ABSENT_DRIVER_ROWS,
  ...PANFROST_ROWS,
  ...PANFROST_CREATE_ROWS,
  ...PANFROST_REQUEST_ROWS,
  ...PANFROST_SUBMIT_ROWS,
  ...PANFROST_NEW_ROWS,
  ...PANTHOR_BO_ROWS,
  ...PANTHOR_VM_ROWS,
  ...PANTHOR_GROUP_ROWS,
  ...PANTHOR_RECLAIM_ROWS,
  ...I915_ROWS,
  ...I915_MADVISE_ROWS,
  ...MMAP_ROWS,
  ...PURGE_ROWS,
  ...PURGE_MORE_ROWS,
  ...PURGE_ORDER_ROWS,
  ...PRESSURE_ROWS,
  ...PRIME_ROWS,
  ...SHARED_MADVISE_ROWS,
  ...SHMEM_SHRINKER_ROWS,
  ...SYNCOBJ_ROWS,
  ...BATCH_ROWS,
  ...FDINFO_ROWS,
  ...VGEM_ROWS,
  ...FENCE_ROWS,
  ...SYNC_FILE_ROWS,
  ...DMA_HEAP_ROWS,
  ...DMA_BUF_ROWS,
  ...UDMABUF_ROWS,
]
