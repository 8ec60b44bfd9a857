/** Drivers whose buffers are dumb ones: vgem and virtio-gpu. drivers/gpu/drm/drm_dumb_buffers.c. */
import { ERRNO } from '../../backend/errno.js'
import type { GemDriver } from '../gem-driver.js'

const BYTES_PER_PIXEL = 4

/** A buffer is one line of 32-bit pixels. */
function dumbDriver(name: string): GemDriver {
  return {
    name,
    purgeable: false,
    node: 'primary',
    batch: 'dumb',
    requests: { create: 'MODE_CREATE_DUMB', mmapOffset: 'MODE_MAP_DUMB', madvise: 'madvise' },
    flags: ({ noexec, heap, cached }) => (noexec || heap || cached ? undefined : { flags: 0, needs: [] }),
    create: (backend, fd, sizeBytes) =>
      backend.drm.createDumb(fd, Math.ceil(sizeBytes / BYTES_PER_PIXEL), 1, 8 * BYTES_PER_PIXEL),
    mmapOffset: (backend, fd, handle) => backend.drm.mapDumb(fd, handle),
    madvise: () => -ERRNO.ENOTTY,
  }
}

export const vgem = dumbDriver('vgem')
export const virtioGpu = dumbDriver('virtio_gpu')
