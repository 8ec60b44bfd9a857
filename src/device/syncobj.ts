/** A synchronization object of a device: drivers/gpu/drm/drm_syncobj.c. */
import { ERRNO } from '../backend/errno.js'
import {
  DRM_SYNCOBJ_CREATE_SIGNALED,
  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL,
  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
} from '../backend/syncobj-calls.js'
import type { DrmFile } from './drm-file.js'
import { granted, grantedObject, refused, type Refusal } from './errors.js'
import { Owned } from './owned.js'
import { deadlineNs, type WaitOptions } from './pending-calls.js'
import { SyncFile } from './sync-file.js'

export interface SyncobjWaitOptions extends WaitOptions {
  /** Waits also for a fence to be there at all; without one, and without this, it is an error (EINVAL). */
  readonly forSubmit?: boolean
  /** Waits for this point of a timeline. */
  readonly point?: bigint
}

export interface SyncobjsWaitOptions extends WaitOptions {
  /** Until all are signalled instead of any. */
  readonly all?: boolean
  /** Waits also for fences to be there at all; without it an object that has none is an error (EINVAL). */
  readonly forSubmit?: boolean
}

export class Syncobj extends Owned {
  readonly handle: number
  readonly #file: DrmFile

  private constructor(file: DrmFile, handle: number) {
    super(`syncobj ${handle}`, () => {
      if (file.isOpen) file.backend.syncobj.destroy(file.fd, handle)
    })
    this.handle = handle
    this.#file = file
  }

  /** Used by Device.createSyncobj(). */
  static create(file: DrmFile, signaled: boolean): Syncobj {
    const flags = signaled ? DRM_SYNCOBJ_CREATE_SIGNALED : 0
    const outcome = file.backend.syncobj.create(file.fd, flags)
    const refusal = { syscall: 'ioctl', request: 'SYNCOBJ_CREATE' }
    return new Syncobj(file, grantedObject(outcome, refusal).handle)
  }

  /** It has no fence then. */
  reset(): void {
    const { backend, fd } = this.#opened('reset')
    granted(backend.syncobj.reset(fd, this.#handles), this.#refusal('SYNCOBJ_RESET'))
  }

  /** It has a signalled fence then, or (with a point) its timeline has got there. */
  signal(point?: bigint): void {
    const { backend, fd } = this.#opened('signal')
    if (point === undefined) {
      granted(backend.syncobj.signal(fd, this.#handles), this.#refusal('SYNCOBJ_SIGNAL'))
    } else {
      const result = backend.syncobj.timelineSignal(fd, this.#handles, BigUint64Array.of(point))
      granted(result, this.#refusal('SYNCOBJ_TIMELINE_SIGNAL'))
    }
  }

  /** The last signalled point of its timeline. */
  query(): bigint {
    const { backend, fd } = this.#opened('query')
    const outcome = backend.syncobj.query(fd, this.#handles, 0)
    return grantedObject(outcome, this.#refusal('SYNCOBJ_QUERY'))[0] ?? 0n
  }

  /** True when it is signalled, false when the time was over. On a thread of its own. */
  async wait(options: SyncobjWaitOptions = {}): Promise<boolean> {
    const { backend, fd, pending } = this.#opened('wait')
    const { blocking } = backend
    const flags = options.forSubmit ? DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT : 0
    const deadline = deadlineNs(blocking, options.timeoutMs)
    const { point } = options
    const answer = await pending.run(
      () =>
        point === undefined
          ? blocking.syncobjWait(fd, this.#handles, deadline, flags)
          : blocking.syncobjTimelineWait(fd, this.#handles, BigUint64Array.of(point), deadline, flags),
      options.signal,
    )
    if (answer === -ERRNO.ETIME) return false
    if (answer < 0) throw refused(answer, this.#refusal('SYNCOBJ_WAIT'))
    return true
  }

  /** SYNCOBJ_HANDLE_TO_FD: a descriptor of the object, for Device.importSyncobj() elsewhere. The caller closes it. */
  exportFd(): number {
    const { backend, fd } = this.#opened('exportFd')
    // drm_syncobj_handle_to_fd() (6.12) has EINVAL for an unknown handle alone.
    const refusal = { ...this.#refusal('SYNCOBJ_HANDLE_TO_FD'), wrongHandle: ERRNO.EINVAL }
    return granted(backend.syncobj.handleToFd(fd, this.handle), refusal)
  }

  /** Used by Device.importSyncobj(). */
  static import(file: DrmFile, syncobjFd: number): Syncobj {
    const outcome = file.backend.syncobj.fdToHandle(file.fd, syncobjFd)
    const refusal = { syscall: 'ioctl', request: 'SYNCOBJ_FD_TO_HANDLE', subject: `descriptor ${syncobjFd}` }
    return new Syncobj(file, grantedObject(outcome, refusal).handle)
  }

  /** Used by Device.waitSyncobjs(). */
  static async waitMany(
    file: DrmFile,
    syncobjs: readonly Syncobj[],
    options: SyncobjsWaitOptions,
  ): Promise<number | undefined> {
    if (syncobjs.length === 0) throw new RangeError('waitSyncobjs needs at least one syncobj')
    const handles = Uint32Array.from(syncobjs, (syncobj) => {
      if (syncobj.#opened('waitSyncobjs') !== file)
        throw new RangeError(`${syncobj.toString()} is another device's`)
      return syncobj.handle
    })
    const { blocking } = file.backend
    const flags =
      (options.all ? DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL : 0) |
      (options.forSubmit ? DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT : 0)
    const deadline = deadlineNs(blocking, options.timeoutMs)
    const answer = await file.pending.run(
      () => blocking.syncobjWait(file.fd, handles, deadline, flags),
      options.signal,
    )
    if (answer === -ERRNO.ETIME) return undefined
    return granted(answer, {
      syscall: 'ioctl',
      request: 'SYNCOBJ_WAIT',
      subject: `${handles.length} syncobjs`,
    })
  }

  /** Its fence as a sync file. The caller closes it. EINVAL when it has none. */
  exportSyncFile(): SyncFile {
    const { backend, fd } = this.#opened('exportSyncFile')
    const syncFileFd = backend.syncobj.exportSyncFile(fd, this.handle)
    return new SyncFile(backend, granted(syncFileFd, this.#refusal('SYNCOBJ_HANDLE_TO_FD')))
  }

  /** Takes over the fence of a sync file. */
  importSyncFile(file: SyncFile): void {
    const { backend, fd } = this.#opened('importSyncFile')
    const result = backend.syncobj.importSyncFile(fd, this.handle, file.fd)
    granted(result, this.#refusal('SYNCOBJ_FD_TO_HANDLE'))
  }

  get #handles(): Uint32Array {
    return Uint32Array.of(this.handle)
  }

  #opened(request: string): DrmFile {
    this.assertOpen(request)
    this.#file.assertOpen(request)
    return this.#file
  }

  #refusal(request: string): Refusal {
    return { syscall: 'ioctl', request, subject: this.toString() }
  }
}
