/** An open DRM file and the handles that live in it: what a Device and its Buffers share. */
import type { Backend } from '../backend/backend.js'
import type { Buffer } from './buffer.js'
import { ClosedError, LiveBuffersError } from './errors.js'
import { PendingCalls } from './pending-calls.js'

/** A GEM handle with all who own it. Weak, so that a buffer that the program lost can still be collected. */
interface HeldHandle {
  owners: number
  buffer: WeakRef<Buffer>
}

export class DrmFile {
  readonly backend: Backend
  readonly fd: number
  readonly pending = new PendingCalls()
  #open = true
  readonly #handles = new Map<number, HeldHandle>()
  /** Handles that are to be closed in one go. */
  #batch: number[] | undefined

  constructor(backend: Backend, fd: number) {
    this.backend = backend
    this.fd = fd
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Throws a ClosedError: what lives in the file is gone with it. */
  assertOpen(request: string): void {
    if (!this.#open) throw new ClosedError('the device', request)
  }

  /** The buffer takes a share in its handle, which closeHandle() gives back. */
  add(handle: number, buffer: Buffer): void {
    const held = this.#handles.get(handle)
    // A buffer that was lost, but not collected yet, has a share in the handle still.
    if (held !== undefined) {
      held.owners++
      held.buffer = new WeakRef(buffer)
    } else {
      this.#handles.set(handle, { owners: 1, buffer: new WeakRef(buffer) })
    }
  }

  /** The open buffer behind a handle. */
  find(handle: number): Buffer | undefined {
    return this.#handles.get(handle)?.buffer.deref()
  }

  /** Gives a share back; the last one closes the handle, unless the file, once closed, has closed all of them. */
  closeHandle(handle: number): void {
    const held = this.#handles.get(handle)
    if (held === undefined || --held.owners > 0) return
    this.#handles.delete(handle)
    if (!this.#open) return
    if (this.#batch !== undefined) this.#batch.push(handle)
    else this.backend.drm.gemClose(this.fd, handle)
  }

  /** Closes buffers with one call for all handles whose last owner they are. */
  closeMany(buffers: Iterable<Buffer>): void {
    this.#batch = []
    try {
      for (const buffer of buffers) buffer.close()
    } finally {
      const handles = Uint32Array.from(this.#batch)
      this.#batch = undefined
      if (this.#open && handles.length > 0) this.backend.drm.gemCloseMany(this.fd, handles)
    }
  }

  get buffers(): readonly Buffer[] {
    return [...this.#handles.values()]
      .map((held) => held.buffer.deref())
      .filter((buffer) => buffer !== undefined)
  }

  assertNoBuffers(): void {
    const live = this.buffers
    if (live.length > 0) {
      throw new LiveBuffersError(live.map((buffer) => `${buffer.handle} (${buffer.sizeBytes} bytes)`))
    }
  }

  close(): void {
    this.#open = false
    this.pending.closeAfter(() => this.backend.drm.close(this.fd))
  }
}
