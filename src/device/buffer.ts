/** A GEM buffer object of a device: one handle, closed once. */
import type { Device } from './device.js'
import type { DrmFile } from './drm-file.js'
import { granted, grantedObject } from './errors.js'
import type { Advice, GemBuffer, GemDriver } from './gem-driver.js'
import { Mapping } from './mapping.js'
import { Mappings } from './mappings.js'
import { Owned } from './owned.js'

const PAGE_BYTES = 4096

export class Buffer extends Owned {
  /** The buffer keeps its device from being collected. */
  readonly device: Device
  readonly handle: number
  /** What the kernel allocated: the asked size, rounded up to whole pages. */
  readonly sizeBytes: number
  /** Where the GPU sees it; undefined where user space places buffers itself. */
  readonly gpuAddress: bigint | undefined
  readonly #file: DrmFile
  readonly #driver: GemDriver
  readonly #mappings: Mappings
  readonly #subject: string

  /** Used by Device.createBuffer(). */
  constructor(device: Device, file: DrmFile, driver: GemDriver, gem: GemBuffer, sizeBytes: number) {
    const mappings = new Mappings()
    const subject = `buffer ${gem.handle} of ${driver.name}`
    super(subject, () => {
      mappings.closeAll()
      file.closeHandle(gem.handle)
    })
    this.device = device
    this.handle = gem.handle
    this.sizeBytes = Math.ceil(sizeBytes / PAGE_BYTES) * PAGE_BYTES
    this.gpuAddress = gem.gpuAddress
    this.#file = file
    this.#driver = driver
    this.#mappings = mappings
    this.#subject = subject
    file.add(gem.handle, this)
  }

  /**
   * Maps the whole buffer. Closing the buffer closes its mappings. A purged buffer can be mapped (which allocates
   * pages again), but every access to it throws PurgedError. EINVAL for a heap buffer; OutOfMemoryError.
   */
  map(): Mapping {
    this.assertOpen('map')
    const { backend, fd } = this.#file
    const subject = this.#subject
    const { offset } = grantedObject(this.#driver.mmapOffset(backend, fd, this.handle), {
      syscall: 'ioctl',
      request: this.#driver.requests.mmapOffset,
      subject,
    })
    const map = grantedObject(backend.memory.mmap(fd, offset, this.sizeBytes), {
      syscall: 'mmap',
      request: 'mmap',
      subject,
    })
    return this.#mappings.add((forget) => new Mapping(this, backend.memory, map, forget))
  }

  /**
   * Tells the kernel whether the content is needed. `retained: false` means that the pages were purged: the buffer
   * can only be closed. Throws NotSupportedError where the driver has no such request.
   */
  madvise(advice: Advice): { retained: boolean } {
    this.assertOpen('madvise')
    const retained = granted(this.#driver.madvise(this.#file.backend, this.#file.fd, this.handle, advice), {
      syscall: 'ioctl',
      request: this.#driver.requests.madvise,
      subject: this.#subject,
    })
    return { retained: retained === 1 }
  }
}
