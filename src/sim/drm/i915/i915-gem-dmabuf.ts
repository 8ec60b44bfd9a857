/** Objects that came in from another device: drivers/gpu/drm/i915/gem/i915_gem_dmabuf.c (6.12). */
import type { NegativeErrno, Outcome } from '../../../backend/outcome.js'
import { ERRNO } from '../../../backend/errno.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import type { PageContents } from '../../mm/page-contents.js'
import type { Vma } from '../../mm/vma.js'
import type { I915Device } from './i915-device.js'
import { I915GemObject } from './i915-gem-object.js'

/** Neither shrunk nor truncated: the memory is somebody else's, whatever is advised. */
export class I915DmaBufObject extends I915GemObject {
  readonly isShrinkable = false
  readonly contents: PageContents | null = null
  readonly #dmaBuf: DmaBufFile

  /** Takes over a reference on the dma-buf, and its use by this device. */
  constructor(device: I915Device, dmaBuf: DmaBufFile, sizePages: number) {
    super(device, sizePages)
    this.#dmaBuf = dmaBuf
    this.importedFrom = dmaBuf
  }

  /** GEM_MMAP_OFFSET refuses it before: it has no pages of its own. */
  override mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  protected opsGetPages(): NegativeErrno | 0 {
    this.setPages()
    return 0
  }

  protected opsPutPages(): void {
    // The attachment keeps them.
  }

  /** drm_prime_gem_destroy(). */
  protected opsRelease(): void {
    this.#dmaBuf.memory.detach?.()
    this.#dmaBuf.put()
  }
}
