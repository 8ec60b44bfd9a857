/** What later versions know of buffers: SET_LABEL_BO (1.4), SYNC_BO and QUERY_BO_INFO (1.6). panfrost_drv.c (7.2). */
import { ERRNO } from '../../../backend/errno.js'
import type { Outcome } from '../../../backend/outcome.js'
import {
  PANFROST_BO_IS_IMPORTED,
  PANFROST_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE,
  type PanfrostBoInfo,
  type PanfrostBoSyncOp,
} from '../../../backend/panfrost-calls.js'
import { COST_NS } from '../../costs.js'
import { PAGE_SIZE, pagesOf } from '../../mm/page.js'
import type { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'

/** PANFROST_BO_LABEL_MAXLEN, with the NUL. */
const LABEL_BYTES = 4096

/** panfrost_ioctl_set_label_bo(). ENOENT; E2BIG. */
export function setLabelBo(file: PanfrostFile, handle: number, label: string | null): number {
  if (file.device.uapi.minor < 4) return -ERRNO.EINVAL
  const bo = file.lookup(handle)
  if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
  if (label !== null && new TextEncoder().encode(label).length >= LABEL_BYTES) return -ERRNO.E2BIG
  bo.userLabel = label
  return 0
}

/** panfrost_ioctl_sync_bo(): operations before a refused one stay done. ENOENT; EINVAL. */
export function syncBo(file: PanfrostFile, operations: readonly PanfrostBoSyncOp[]): number {
  if (file.device.uapi.minor < 6) return -ERRNO.EINVAL
  for (const { handle, type, offset, sizeBytes } of operations) {
    const bo = file.lookup(handle)
    if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
    if (bo.importedFrom !== null) return -ERRNO.EINVAL
    if (type > PANFROST_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE) return -ERRNO.EINVAL
    // The sum is a 32-bit one there, and one that wraps is refused too.
    if (offset + sizeBytes > bo.sizePages * PAGE_SIZE) return -ERRNO.EINVAL
    file.device.kernel.spend(pagesOf(sizeBytes) * COST_NS.touchPage)
  }
  return 0
}

/** panfrost_ioctl_query_bo_info(). ENOENT. */
export function queryBoInfo(file: PanfrostFile, handle: number): Outcome<PanfrostBoInfo> {
  if (file.device.uapi.minor < 6) return -ERRNO.EINVAL
  const bo = file.lookup(handle)
  if (!(bo instanceof PanfrostGemObject)) return -ERRNO.ENOENT
  return bo.importedFrom === null
    ? { createFlags: bo.createFlags, extraFlags: 0 }
    : { createFlags: 0, extraFlags: PANFROST_BO_IS_IMPORTED }
}
