/** An open DRM device: one open file, and the buffers that live in it. */
import type { Backend, BackendKind } from '../backend/backend.js'
import { ERRNO } from '../backend/errno.js'
import { DRM_CAP, DRM_CLIENT_CAP, type DrmVersion } from '../backend/drm-calls.js'
import { checkSizeBytes, MAX_BUFFER_BYTES } from './arguments.js'
import { createMany, madviseMany } from './batch.js'
import { Buffer } from './buffer.js'
import type { DmaBuf } from './dmabuf.js'
import { requireVersion, notSupported } from './driver-versions.js'
import { DrmFile } from './drm-file.js'
import { granted, grantedObject, refused } from './errors.js'
import { parseDrmFdinfo, type DrmClient } from './fdinfo.js'
import type { Advice, BufferOptions, GemDriver } from './gem-driver.js'
import type { Heap } from './heap.js'
import { I915Api } from './i915-api.js'
import { Owned } from './owned.js'
import { PanfrostApi, type PanfrostParam } from './panfrost-api.js'
import { PanthorApi } from './panthor-api.js'
import { runProgram, type ProgramOptions, type ProgramResult } from './program.js'
import { Syncobj, type SyncobjsWaitOptions } from './syncobj.js'
import { VgemApi } from './vgem-api.js'

export class Device extends Owned {
  /** As DRM_IOCTL_VERSION names it: `panfrost`. */
  readonly driver: string
  readonly version: DrmVersion
  /** The node that was opened: `/dev/dri/renderD128`. */
  readonly node: string
  readonly backendKind: BackendKind
  /** Whether buffers can be marked as not needed, for the kernel to purge. */
  readonly purgeable: boolean
  /** Whether the kernel may write its buffers to swap, and brings them back when they are needed. */
  readonly evictable: boolean
  /** Whether createBuffer() knows the option noexec. */
  readonly hasNoexec: boolean
  readonly #file: DrmFile
  readonly #driver: GemDriver

  /** Used by openDevice(). Owns `fd` from now on. */
  constructor(backend: Backend, fd: number, node: string, version: DrmVersion, driver: GemDriver) {
    const file = new DrmFile(backend, fd, driver)
    super(`${version.name} device ${node}`, () => file.close())
    this.driver = version.name
    this.version = version
    this.node = node
    this.backendKind = backend.kind
    this.purgeable = driver.purgeable
    this.evictable = driver.evictable ?? false
    this.hasNoexec = driver.noexec ?? false
    this.#file = file
    this.#driver = driver
  }

  /**
   * Makes a buffer. Throws RangeError for a size that is not a whole number from 1 to 2^32 - 1; NotSupportedError for
   * an option that the driver, or this version of it, does not have; OutOfMemoryError; DrmError EINVAL for flags that
   * the driver refuses (heap without noexec), ENOSPC when the GPU's address space is full.
   */
  createBuffer(options: BufferOptions): Buffer {
    this.assertOpen('createBuffer')
    const sizeBytes = checkSizeBytes(options.sizeBytes, 'sizeBytes', MAX_BUFFER_BYTES)
    const { backend, fd } = this.#file
    const gem = this.#driver.create(backend, fd, sizeBytes, this.#flags(options))
    if (typeof gem === 'number') {
      const subject = `${sizeBytes} bytes on ${this.driver}`
      throw refused(gem, { syscall: 'ioctl', request: this.#driver.requests.create, subject })
    }
    return new Buffer(this, this.#file, gem, sizeBytes)
  }

  /** createBuffer() on a thread of its own, as a large one takes long. An aborted one is given back when it comes. */
  async createBufferAsync(options: BufferOptions, signal?: AbortSignal): Promise<Buffer> {
    this.assertOpen('createBuffer')
    const sizeBytes = checkSizeBytes(options.sizeBytes, 'sizeBytes', MAX_BUFFER_BYTES)
    const flags = this.#flags(options)
    const { backend, fd, pending } = this.#file
    const handle = await pending.run(
      () => backend.blocking.createBuffer(this.#driver.batch, fd, sizeBytes, flags),
      signal,
      (unwanted) => backend.drm.gemClose(fd, unwanted),
    )
    if (handle < 0) {
      const { create } = this.#driver.requests
      throw refused(handle, {
        syscall: 'ioctl',
        request: create,
        subject: `${sizeBytes} bytes on ${this.driver}`,
      })
    }
    this.assertOpen('createBuffer')
    return this.#adopt(handle, sizeBytes)
  }

  /** A buffer of each size with one call. When one is refused: throws its error, and closes those before it. */
  createMany(sizesBytes: readonly number[], options: Omit<BufferOptions, 'sizeBytes'> = {}): Buffer[] {
    this.assertOpen('createMany')
    const sizes = sizesBytes.map((size) => checkSizeBytes(size, 'sizesBytes', MAX_BUFFER_BYTES))
    const flags = this.#flags({ ...options, sizeBytes: 1 })
    const handles = createMany(this.#file, this.#driver, sizes, flags)
    return handles.map((handle, i) => this.#adopt(handle, sizes[i] ?? 0))
  }

  /** Advises all with one call: whether each is retained. NotSupportedError; the error of the first refused one. */
  madviseMany(buffers: readonly Buffer[], advice: Advice): boolean[] {
    this.assertOpen('madviseMany')
    if (!this.purgeable) throw notSupported(this.version, 'madvise', 'panfrost, i915, msm and vc4 have it')
    const handles = this.#handlesOf(buffers, 'madviseMany')
    return madviseMany(this.#file, this.#driver, handles, advice)
  }

  /** Closes buffers of this device as Buffer.close() does, with one call for all handles. */
  closeMany(buffers: readonly Buffer[]): void {
    this.#file.closeMany(buffers.filter((buffer) => buffer.device === this))
  }

  /**
   * PRIME_FD_TO_HANDLE: the dma-buf's memory as a buffer of this device. One that the device holds already is the same
   * Buffer, with one more owner. The dma-buf may be closed afterwards.
   */
  import(dmaBuf: DmaBuf): Buffer {
    this.assertOpen('import')
    const { backend, fd } = this.#file
    const handle = granted(backend.drm.primeFdToHandle(fd, dmaBuf.fd), {
      syscall: 'ioctl',
      request: 'PRIME_FD_TO_HANDLE',
      subject: dmaBuf.toString(),
    })
    return this.#file.find(handle)?.retain() ?? this.#adopt(handle, dmaBuf.sizeBytes)
  }

  /**
   * DRM_IOCTL_GEM_CLOSE of a handle by its number, whoever's it is. A Buffer that has it is not told, and finds out from
   * its next request. InvalidHandleError when nothing has it.
   */
  closeHandle(handle: number): void {
    this.assertOpen('closeHandle')
    const { backend, fd } = this.#file
    const refusal = {
      syscall: 'ioctl',
      request: 'GEM_CLOSE',
      subject: `handle ${handle}`,
      wrongHandle: ERRNO.EINVAL,
    }
    granted(backend.drm.gemClose(fd, handle), refusal)
  }

  /** DRM_IOCTL_GET_CAP. NotSupportedError for a capability of displays on a device without them. */
  getCap(name: keyof typeof DRM_CAP): bigint {
    this.assertOpen('getCap')
    const outcome = this.#file.backend.drm.getCap(this.#file.fd, DRM_CAP[name])
    return grantedObject(outcome, { syscall: 'ioctl', request: 'GET_CAP', subject: name }).value
  }

  /** DRM_IOCTL_SET_CLIENT_CAP. PermissionError on a render node. */
  setClientCap(name: keyof typeof DRM_CLIENT_CAP, value: bigint): void {
    this.assertOpen('setClientCap')
    const result = this.#file.backend.drm.setClientCap(this.#file.fd, DRM_CLIENT_CAP[name], value)
    granted(result, { syscall: 'ioctl', request: 'SET_CLIENT_CAP', subject: name })
  }

  /** A synchronization object, which is gone with the device at the latest. */
  createSyncobj(options: { readonly signaled?: boolean } = {}): Syncobj {
    this.assertOpen('createSyncobj')
    return Syncobj.create(this.#file, options.signaled ?? false)
  }

  /** The object behind a descriptor of Syncobj.exportFd(), under a handle of its own. EINVAL when it is none. */
  importSyncobj(syncobjFd: number): Syncobj {
    this.assertOpen('importSyncobj')
    return Syncobj.import(this.#file, syncobjFd)
  }

  /**
   * Waits for any of the device's syncobjs, or for all: the index of one that was signalled, undefined when the time was
   * over. RangeError for none, or for another device's; ClosedError; DrmError EINVAL; the signal's reason.
   */
  waitSyncobjs(syncobjs: readonly Syncobj[], options: SyncobjsWaitOptions = {}): Promise<number | undefined> {
    this.assertOpen('waitSyncobjs')
    return Syncobj.waitMany(this.#file, syncobjs, options)
  }

  /** What the kernel accounts to this open file (drm-usage-stats); undefined when it tells nothing of DRM. */
  usage(): DrmClient | undefined {
    this.assertOpen('usage')
    const outcome = this.#file.backend.fdinfo.read(this.#file.fd)
    return parseDrmFdinfo(grantedObject(outcome, { syscall: 'read', request: 'fdinfo' }).text)
  }

  /** Runs a program of operations on threads (program.ts). `heap` is what its heapAllocate allocates from. */
  runProgram(options: ProgramOptions, heap?: Heap): Promise<ProgramResult> {
    this.assertOpen('runProgram')
    return runProgram(this.#file, this.#driver, options, heap)
  }

  /** What PANFROST_GET_PARAM answers. Throws NotSupportedError on another driver. */
  getParam(name: PanfrostParam): bigint {
    this.assertOpen('getParam')
    return this.panfrost().getParam(name)
  }

  /** Panfrost's own requests. NotSupportedError on another driver. */
  panfrost(): PanfrostApi {
    return new PanfrostApi(this.#fileOf('panfrost'), this.version)
  }

  /** Panthor's own requests. NotSupportedError on another driver. */
  panthor(): PanthorApi {
    return new PanthorApi(this.#fileOf('panthor'), this.version)
  }

  /** i915's own requests. NotSupportedError on another driver. */
  i915(): I915Api {
    return new I915Api(this.#fileOf('i915'), (handle, sizeBytes) => this.#adopt(handle, sizeBytes))
  }

  /** vgem's fences. NotSupportedError on another driver. */
  vgem(): VgemApi {
    return new VgemApi(this.#fileOf('vgem'))
  }

  /** The buffers that are open, by handle. */
  get buffers(): readonly Buffer[] {
    return this.#file.buffers
  }

  /** Closes the device. Throws LiveBuffersError, and closes nothing, while buffers are open. */
  override close(): void {
    if (!this.closed) this.#file.assertNoBuffers()
    super.close()
  }

  /** Closes the buffers (and their mappings), whoever owns them, then the device. */
  closeAll(): void {
    for (const buffer of this.buffers) while (!buffer.closed) buffer.close()
    this.close()
  }

  #adopt(handle: number, sizeBytes: number): Buffer {
    return new Buffer(this, this.#file, { handle }, sizeBytes)
  }

  #flags(options: BufferOptions): number {
    const chosen = this.#driver.flags(options)
    if (chosen === undefined) {
      throw notSupported(this.version, 'an option of createBuffer', 'noexec and heap are panfrost options')
    }
    for (const name of chosen.needs) requireVersion(this.version, name)
    return chosen.flags
  }

  #handlesOf(buffers: readonly Buffer[], request: string): Uint32Array {
    const handles = new Uint32Array(buffers.length)
    let i = 0
    for (const buffer of buffers) {
      if (buffer.device !== this) throw new RangeError(`${request}: ${buffer.toString()} is another device's`)
      handles[i++] = buffer.openHandle(request)
    }
    return handles
  }

  #fileOf(driver: string): DrmFile {
    this.assertOpen(driver)
    if (this.driver !== driver) throw notSupported(this.version, driver, `it is ${driver} that has it`)
    return this.#file
  }
}
