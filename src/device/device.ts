/** An open DRM device: one open file, and the buffers that live in it. */
import type { Backend, BackendKind } from '../backend/backend.js'
import type { DrmVersion } from '../backend/drm-calls.js'
import { ERRNO } from '../backend/errno.js'
import { PANFROST_PARAM } from '../backend/panfrost-calls.js'
import { checkSizeBytes, MAX_BUFFER_BYTES } from './arguments.js'
import { Buffer } from './buffer.js'
import { DrmFile } from './drm-file.js'
import { grantedObject, NotSupportedError } from './errors.js'
import type { BufferOptions, GemDriver } from './gem-driver.js'
import { Owned } from './owned.js'

/** Names of enum drm_panfrost_param, without their prefix. */
export type PanfrostParam = keyof typeof PANFROST_PARAM

export class Device extends Owned {
  /** As DRM_IOCTL_VERSION names it: `panfrost`. */
  readonly driver: string
  readonly version: DrmVersion
  /** The node that was opened: `/dev/dri/renderD128`. */
  readonly node: string
  readonly backendKind: BackendKind
  /** Whether buffers can be marked as not needed, for the kernel to purge. */
  readonly purgeable: boolean
  readonly #file: DrmFile
  readonly #driver: GemDriver

  /** Used by openDevice(). Owns `fd` from now on. */
  constructor(backend: Backend, fd: number, node: string, version: DrmVersion, driver: GemDriver) {
    const file = new DrmFile(backend, fd)
    super(`${version.name} device ${node}`, () => file.close())
    this.driver = version.name
    this.version = version
    this.node = node
    this.backendKind = backend.kind
    this.purgeable = driver.purgeable
    this.#file = file
    this.#driver = driver
  }

  /**
   * Makes a buffer. Throws RangeError for a size that is not a whole number from 1 to 2^32 - 1; OutOfMemoryError;
   * DrmError EINVAL for flags that the driver refuses (heap without noexec), ENOSPC when the GPU's address space is
   * full.
   */
  createBuffer(options: BufferOptions): Buffer {
    this.assertOpen('createBuffer')
    const sizeBytes = checkSizeBytes(options.sizeBytes, 'sizeBytes', MAX_BUFFER_BYTES)
    const gem = grantedObject(this.#driver.create(this.#file.backend, this.#file.fd, options), {
      syscall: 'ioctl',
      request: this.#driver.requests.create,
      subject: `${sizeBytes} bytes on ${this.driver}`,
    })
    return new Buffer(this, this.#file, this.#driver, gem, sizeBytes)
  }

  /** What PANFROST_GET_PARAM answers. Throws NotSupportedError on another driver. */
  getParam(name: PanfrostParam): bigint {
    this.assertOpen('getParam')
    if (this.driver !== 'panfrost') {
      throw new NotSupportedError(`GET_PARAM ${name}: ${this.driver} has no such request`, {
        errno: ERRNO.ENOTTY,
        code: 'ENOTTY',
        syscall: 'none',
        request: 'GET_PARAM',
      })
    }
    return grantedObject(this.#file.backend.panfrost.getParam(this.#file.fd, PANFROST_PARAM[name]), {
      syscall: 'ioctl',
      request: 'GET_PARAM',
      subject: name,
    }).value
  }

  /** The buffers that are open, oldest first. */
  get buffers(): readonly Buffer[] {
    return this.#file.buffers
  }

  /** Closes the device. Throws LiveBuffersError, and closes nothing, while buffers are open. */
  override close(): void {
    if (!this.closed) this.#file.assertNoBuffers()
    super.close()
  }

  /** Closes the buffers (and their mappings), then the device. */
  closeAll(): void {
    for (const buffer of this.buffers) buffer.close()
    this.close()
  }
}
