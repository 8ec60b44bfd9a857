/** vgem's fences: include/uapi/drm/vgem_drm.h. */
import { VGEM_FENCE_WRITE } from '../backend/vgem-calls.js'
import type { Buffer } from './buffer.js'
import type { DrmFile } from './drm-file.js'
import { granted, grantedObject } from './errors.js'

/** Device.vgem(). */
export class VgemApi {
  readonly #file: DrmFile

  constructor(file: DrmFile) {
    this.#file = file
  }

  /** FENCE_ATTACH: a fence that others have to wait for until signalFence(), 10 s at most. EBUSY when one excludes it. */
  attachFence(buffer: Buffer, access: 'read' | 'write'): number {
    this.#file.assertOpen('FENCE_ATTACH')
    const { backend, fd } = this.#file
    const flags = access === 'write' ? VGEM_FENCE_WRITE : 0
    const outcome = backend.vgem.fenceAttach(fd, buffer.openHandle('FENCE_ATTACH'), flags)
    const subject = buffer.toString()
    return grantedObject(outcome, { syscall: 'ioctl', request: 'FENCE_ATTACH', subject }).fence
  }

  /** FENCE_SIGNAL. InvalidHandleError; ETIMEDOUT when it has expired before. */
  signalFence(fence: number): void {
    this.#file.assertOpen('FENCE_SIGNAL')
    const { backend, fd } = this.#file
    granted(backend.vgem.fenceSignal(fd, fence), { syscall: 'ioctl', request: 'FENCE_SIGNAL' })
  }
}
