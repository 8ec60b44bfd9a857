/** Dumb buffers: drivers/gpu/drm/drm_dumb_buffers.c, drm_gem_shmem_dumb_create() (6.12). */
import type { DumbBuffer } from '../../backend/drm-calls.js'
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import { PAGE_SIZE, pagesOf } from '../mm/page.js'
import type { DrmFile } from './drm-file.js'
import type { GemObject } from './gem-object.js'

const U32_MAX = 0xffff_ffff

/** MODE_CREATE_DUMB. EACCES; ENOSYS; EINVAL for 0 and for what overflows 32 bits. */
export function createDumb(
  file: DrmFile,
  width: number,
  height: number,
  bitsPerPixel: number,
): Outcome<DumbBuffer> {
  const refused = check(file)
  if (refused !== 0) return refused
  if (width === 0 || height === 0 || bitsPerPixel === 0) return -ERRNO.EINVAL
  if (bitsPerPixel > U32_MAX - 8) return -ERRNO.EINVAL
  const bytesPerPixel = Math.ceil(bitsPerPixel / 8)
  if (bytesPerPixel > Math.floor(U32_MAX / width)) return -ERRNO.EINVAL
  const stride = bytesPerPixel * width
  if (height > Math.floor(U32_MAX / stride)) return -ERRNO.EINVAL
  if (pagesOf(height * stride) * PAGE_SIZE > U32_MAX) return -ERRNO.EINVAL

  const pitchBytes = Math.ceil((width * bitsPerPixel) / 8)
  const sizeBytes = pagesOf(pitchBytes * height) * PAGE_SIZE
  const handle = file.device.dumbCreate?.(file, sizeBytes) ?? -ERRNO.ENOSYS
  return handle < 0 ? handle : { handle, pitchBytes, sizeBytes: BigInt(sizeBytes) }
}

/** MODE_MAP_DUMB: drm_gem_dumb_map_offset() refuses what came in through PRIME. */
export function mapDumb(file: DrmFile, handle: number): Outcome<{ readonly offset: bigint }> {
  const refused = check(file)
  if (refused !== 0) return refused
  const object = file.lookup(handle)
  if (object === undefined) return -ERRNO.ENOENT
  if (object.importedFrom !== null) return -ERRNO.EINVAL
  if (!object.createMmapOffset() || object.offsetPage === null) return -ERRNO.ENOSPC
  return { offset: BigInt(object.offsetPage) * BigInt(PAGE_SIZE) }
}

/** MODE_DESTROY_DUMB. */
export function destroyDumb(file: DrmFile, handle: number): number {
  const refused = check(file)
  return refused === 0 ? file.deleteHandle(handle) : refused
}

/** The requests are not allowed on a render node, and answer ENOSYS for a driver without dumb buffers. */
function check(file: DrmFile): number {
  if (file.isRenderNode) return -ERRNO.EACCES
  return file.device.dumbCreate === undefined ? -ERRNO.ENOSYS : 0
}

/** drm_gem_shmem_create_with_handle(): the handle holds the object from here on. */
export function createShmemHandle(file: DrmFile, object: GemObject): number {
  const handle = object.createMmapOffset() ? file.createHandle(object) : -ERRNO.ENOSPC
  object.put()
  return handle
}
