/** An open DRM file and the buffers that live in it: what a Device and its Buffers share. */
import type { Backend } from '../backend/backend.js'
import type { Buffer } from './buffer.js'
import { LiveBuffersError } from './errors.js'

export class DrmFile {
  readonly backend: Backend
  readonly fd: number
  #open = true
  // Weak, so that a buffer that the program lost can still be collected (and its handle closed by that).
  readonly #buffers = new Map<number, WeakRef<Buffer>>()

  constructor(backend: Backend, fd: number) {
    this.backend = backend
    this.fd = fd
  }

  add(handle: number, buffer: Buffer): void {
    this.#buffers.set(handle, new WeakRef(buffer))
  }

  /** Gives a handle back, unless the file is closed already, which gave back all of them: fds are used again. */
  closeHandle(handle: number): void {
    this.#buffers.delete(handle)
    if (this.#open) this.backend.drm.gemClose(this.fd, handle)
  }

  get buffers(): readonly Buffer[] {
    return [...this.#buffers.values()].map((entry) => entry.deref()).filter((buffer) => buffer !== undefined)
  }

  assertNoBuffers(): void {
    const live = this.buffers
    if (live.length > 0) {
      throw new LiveBuffersError(live.map((buffer) => `${buffer.handle} (${buffer.sizeBytes} bytes)`))
    }
  }

  close(): void {
    this.#open = false
    this.backend.drm.close(this.fd)
  }
}
