/** The device without hardware, whose buffers are dumb ones: drivers/gpu/drm/vgem/vgem_drv.c (6.12). */
import type { DrmNode, DrmVersion } from '../../../backend/drm-calls.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import { pagesOf } from '../../mm/page.js'
import { createShmemHandle } from '../drm-dumb-buffers.js'
import { DrmDevice } from '../drm-device.js'
import type { DrmFile } from '../drm-file.js'
import { GemShmemObject } from '../gem-shmem.js'
import { VgemFile } from './vgem-fence.js'

export class VgemDevice extends DrmDevice {
  readonly node: DrmNode = {
    renderNode: '/dev/dri/renderD129',
    primaryNode: '/dev/dri/card1',
    bus: 'platform',
    busName: 'vgem',
    compatible: [],
  }
  readonly version: DrmVersion = {
    name: 'vgem',
    major: 1,
    minor: 0,
    patch: 0,
    date: '20120112',
    description: 'Virtual GEM provider',
  }

  open(): VgemFile {
    return new VgemFile(this)
  }

  override dumbCreate(file: DrmFile, sizeBytes: number): number {
    return createShmemHandle(file, new GemShmemObject(this, pagesOf(sizeBytes)))
  }

  importDmaBuf(dmaBuf: DmaBufFile): GemShmemObject {
    const object = new GemShmemObject(this, pagesOf(dmaBuf.sizeBytes))
    object.adoptImport(dmaBuf)
    return object
  }
}
