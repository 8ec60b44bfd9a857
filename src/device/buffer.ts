/** A GEM buffer object of a device: one handle, closed once, when its last owner closes. */
import { DRM_CLOEXEC, DRM_RDWR } from '../backend/drm-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { Device } from './device.js'
import { dmaBufOf, type DmaBuf } from './dmabuf.js'
import { notSupported } from './driver-versions.js'
import { bufferName, type DrmFile } from './drm-file.js'
import { granted, grantedObject, refused } from './errors.js'
import type { Advice, GemBuffer } from './gem-driver.js'
import { Mapping } from './mapping.js'
import { Mappings } from './mappings.js'
import { Closable } from './owned.js'
import { deadlineNs, type WaitOptions } from './pending-calls.js'

const PAGE_BYTES = 4096

export class Buffer extends Closable {
  /** The buffer keeps its device from being collected. */
  readonly device: Device
  /** What the kernel allocated: the asked size, rounded up to whole pages. */
  readonly sizeBytes: number
  /** Its handle in the file. */
  readonly handle: number
  readonly #file: DrmFile
  #owners = 1
  /** Made with the first mapping, as most buffers have none. */
  #mappings: Mappings | null = null
  /** As a page number where it fits: most do, and a bigint is an object. */
  #gpuAddress: number | bigint | undefined

  /** Used by Device.createBuffer() and import(). */
  constructor(device: Device, file: DrmFile, { handle, gpuAddress }: GemBuffer, sizeBytes: number) {
    super()
    this.device = device
    this.sizeBytes = Math.ceil(sizeBytes / PAGE_BYTES) * PAGE_BYTES
    this.handle = handle
    this.#file = file
    this.#gpuAddress = gpuAddress === undefined ? undefined : pageOf(gpuAddress)
    file.add(this)
  }

  protected override get what(): string {
    return bufferName(this.#file, this.handle)
  }

  protected override release(): void {
    this.#mappings?.closeAll()
    this.#file.remove(this)
  }

  /**
   * Where the GPU sees it; undefined where user space places buffers itself. The kernel is asked at the first use, unless
   * it told at creation: afterwards, a closed buffer whose address nobody asked for has none.
   */
  get gpuAddress(): bigint | undefined {
    if (this.#gpuAddress === undefined && !this.closed) {
      const { backend, fd, driver } = this.#file
      const place = driver.gpuAddress?.(backend, fd, this.handle)
      if (typeof place === 'object') this.#gpuAddress = pageOf(place.gpuAddress)
    }
    const address = this.#gpuAddress
    return typeof address === 'number' ? BigInt(address) * BigInt(PAGE_BYTES) : address
  }

  /** How many close() calls it takes: one for its creation, and one for each import that gave this buffer again. */
  get owners(): number {
    return this.closed ? 0 : this.#owners
  }

  /** Used by Device.import(): one more owner, who will close it too. */
  retain(): this {
    this.assertOpen('import')
    this.#owners++
    return this
  }

  /** Used by calls that work on many: the handle, or a ClosedError. */
  openHandle(request: string): number {
    this.assertOpen(request)
    return this.handle
  }

  /** Gives up one share. The last one closes the mappings and the handle; a further call does nothing. */
  override close(): void {
    if (this.closed || --this.#owners > 0) return
    super.close()
  }

  /**
   * Maps the whole buffer. Closing the buffer closes its mappings. A purged buffer can be mapped (which allocates
   * pages again), but every access to it throws PurgedError. EINVAL for a heap buffer; OutOfMemoryError.
   */
  map(): Mapping {
    this.assertOpen('map')
    const { backend, fd, driver } = this.#file
    const subject = this.toString()
    const { offset } = grantedObject(driver.mmapOffset(backend, fd, this.handle), {
      syscall: 'ioctl',
      request: driver.requests.mmapOffset,
      subject,
    })
    const map = grantedObject(backend.memory.mmap(fd, offset, this.sizeBytes), {
      syscall: 'mmap',
      request: 'mmap',
      subject,
    })
    this.#mappings ??= new Mappings()
    return this.#mappings.add((forget) => new Mapping(this, backend.memory, map, forget))
  }

  /**
   * Tells the kernel whether the content is needed. `retained: false` means that the pages were purged: the buffer
   * can only be closed. Throws NotSupportedError where the driver has no such request.
   */
  madvise(advice: Advice): { retained: boolean } {
    this.assertOpen('madvise')
    const file = this.#file
    const { driver } = file
    if (!driver.purgeable) {
      throw notSupported(this.device.version, 'madvise', 'panfrost, i915, msm and vc4 have it', ERRNO.ENOTTY)
    }
    const retained = driver.madvise(file.backend, file.fd, this.handle, advice)
    if (retained < 0) {
      const subject = this.toString()
      throw refused(retained, { syscall: 'ioctl', request: driver.requests.madvise, subject })
    }
    return { retained: retained === 1 }
  }

  /** PRIME_HANDLE_TO_FD: the same memory as a dma-buf, for other devices and processes. The caller closes it. */
  export(access: { readonly writable?: boolean } = {}): DmaBuf {
    this.assertOpen('export')
    const { backend, fd } = this.#file
    const flags = DRM_CLOEXEC | (access.writable === false ? 0 : DRM_RDWR)
    const dmaBufFd = granted(backend.drm.primeHandleToFd(fd, this.handle, flags), {
      syscall: 'ioctl',
      request: 'PRIME_HANDLE_TO_FD',
      subject: this.toString(),
    })
    return dmaBufOf(backend, dmaBufFd)
  }

  /**
   * Panfrost's WAIT_BO, on a thread of its own: true when no job uses the buffer, false when the time was over.
   * NotSupportedError on other drivers, where DmaBuf.wait() tells the same of an exported buffer.
   */
  async waitIdle(options: WaitOptions = {}): Promise<boolean> {
    this.assertOpen('waitIdle')
    if (this.#file.driver.name !== 'panfrost') {
      throw notSupported(this.device.version, 'WAIT_BO', 'export() the buffer and wait() for the dma-buf')
    }
    const { fd, pending } = this.#file
    const { blocking } = this.#file.backend
    const deadline = deadlineNs(blocking, options.timeoutMs)
    const answer = await pending.run(() => blocking.panfrostWaitBo(fd, this.handle, deadline), options.signal)
    if (answer === -ERRNO.ETIMEDOUT || answer === -ERRNO.EBUSY) return false
    if (answer < 0) throw refused(answer, { syscall: 'ioctl', request: 'WAIT_BO', subject: this.toString() })
    return true
  }
}

/** The number of the page that begins there, when it begins a page and V8 keeps the number without an object. */
function pageOf(address: bigint): number | bigint {
  const page = address >> 12n
  return page << 12n === address && page < 0x4000_0000n ? Number(page) : address
}
