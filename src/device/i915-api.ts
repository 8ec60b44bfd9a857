/** i915's requests beyond buffers: include/uapi/drm/i915_drm.h (6.12). */
import { I915_PARAM, type I915MemoryRegion } from '../backend/i915-calls.js'
import { checkSizeBytes } from './arguments.js'
import type { Buffer } from './buffer.js'
import type { DrmFile } from './drm-file.js'
import { grantedObject } from './errors.js'

/** Names of I915_PARAM_*, without their prefix. */
export type I915Param = keyof typeof I915_PARAM

/** Device.i915(). */
export class I915Api {
  readonly #file: DrmFile
  readonly #adopt: (handle: number, sizeBytes: number) => Buffer

  constructor(file: DrmFile, adopt: (handle: number, sizeBytes: number) => Buffer) {
    this.#file = file
    this.#adopt = adopt
  }

  /** GETPARAM. DrmError EINVAL for one that the kernel does not know, ENODEV for one that the device lacks. */
  getParam(name: I915Param): number {
    const { backend, fd } = this.#ask('GETPARAM')
    const outcome = backend.i915.getParam(fd, I915_PARAM[name])
    return grantedObject(outcome, { syscall: 'ioctl', request: 'GETPARAM', subject: name }).value
  }

  /** GEM_GET_APERTURE: the GPU's global address space, and what of it nothing is pinned in. */
  getAperture(): { readonly sizeBytes: bigint; readonly availableBytes: bigint } {
    const { backend, fd } = this.#ask('GEM_GET_APERTURE')
    return grantedObject(backend.i915.gemGetAperture(fd), { syscall: 'ioctl', request: 'GEM_GET_APERTURE' })
  }

  /**
   * GEM_CREATE_EXT: a buffer in one of `regions`, in the order of preference; without any it is in system memory. Its
   * size is rounded up to the pages of the region. DrmError EINVAL for a region that the device does not have, ENODEV
   * where regions cannot be chosen; OutOfMemoryError.
   */
  createBuffer(sizeBytes: number, regions: readonly I915MemoryRegion[] = [], flags = 0): Buffer {
    const { backend, fd } = this.#ask('GEM_CREATE_EXT')
    const wanted = BigInt(checkSizeBytes(sizeBytes, 'sizeBytes'))
    const made = grantedObject(backend.i915.gemCreateExt(fd, wanted, flags, regions), {
      syscall: 'ioctl',
      request: 'GEM_CREATE_EXT',
      subject: `${sizeBytes} bytes`,
    })
    return this.#adopt(made.handle, Number(made.sizeBytes))
  }

  #ask(request: string): DrmFile {
    this.#file.assertOpen(request)
    return this.#file
  }
}
