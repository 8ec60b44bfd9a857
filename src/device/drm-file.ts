/** An open DRM file and the handles that live in it: what a Device and its Buffers share. */
import type { Backend } from '../backend/backend.js'
import type { Buffer } from './buffer.js'
import { ClosedError, LiveBuffersError } from './errors.js'
import type { GemDriver } from './gem-driver.js'
import { giveBackLost } from './owned.js'
import { PendingCalls } from './pending-calls.js'

/** In words, for errors. */
export function bufferName(file: DrmFile, handle: number): string {
  return `buffer ${handle} of ${file.driver.name}`
}

export class DrmFile {
  readonly backend: Backend
  readonly fd: number
  readonly driver: GemDriver
  readonly pending = new PendingCalls()
  #open = true
  /** The buffer of each handle. Weak, so that a buffer that the program lost can still be collected. */
  readonly #buffers: (WeakRef<Buffer> | undefined)[] = []
  /** Closes the handles of buffers that were lost. */
  readonly #lost = new FinalizationRegistry<number>((handle) =>
    giveBackLost(bufferName(this, handle), () => this.#closeHandle(handle)),
  )
  /** Handles with several owners: how many more than one. */
  readonly #moreOwners = new Map<number, number>()
  /** Handles that are to be closed in one go. */
  #batch: number[] | undefined

  constructor(backend: Backend, fd: number, driver: GemDriver) {
    this.backend = backend
    this.fd = fd
    this.driver = driver
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Throws a ClosedError: what lives in the file is gone with it. */
  assertOpen(request: string): void {
    if (!this.#open) throw new ClosedError('the device', request)
  }

  /** The buffer takes a share in its handle, which remove(), or its loss, gives back. */
  add(buffer: Buffer): void {
    const { handle } = buffer
    // A buffer that was lost, but not collected yet, has a share in the handle still.
    if (this.#buffers[handle] !== undefined)
      this.#moreOwners.set(handle, (this.#moreOwners.get(handle) ?? 0) + 1)
    this.#buffers[handle] = new WeakRef(buffer)
    this.#lost.register(buffer, handle, buffer)
  }

  /** The buffer is closed. */
  remove(buffer: Buffer): void {
    this.#lost.unregister(buffer)
    this.#closeHandle(buffer.handle)
  }

  /** The open buffer behind a handle. */
  find(handle: number): Buffer | undefined {
    return this.#buffers[handle]?.deref()
  }

  /** Gives a share back; the last one closes the handle, unless the file, once closed, has closed all of them. */
  #closeHandle(handle: number): void {
    const more = this.#moreOwners.size > 0 ? this.#moreOwners.get(handle) : undefined
    if (more !== undefined) {
      if (more > 1) this.#moreOwners.set(handle, more - 1)
      else this.#moreOwners.delete(handle)
      return
    }
    if (this.#buffers[handle] === undefined) return
    this.#buffers[handle] = undefined
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
    return this.#buffers.map((buffer) => buffer?.deref()).filter((buffer) => buffer !== undefined)
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
