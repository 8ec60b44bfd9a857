/** A fence as a file: drivers/dma-buf/sync_file.c. */
import type { Backend } from '../backend/backend.js'
import { POLLERR, POLLIN, POLLNVAL } from '../backend/dma-buf-calls.js'
import { ERRNO } from '../backend/errno.js'
import type { SyncFileInfo } from '../backend/sync-file-calls.js'
import { granted, grantedObject, refused } from './errors.js'
import { Owned } from './owned.js'
import { deadlineNs, PendingCalls, type WaitOptions } from './pending-calls.js'

export class SyncFile extends Owned {
  readonly fd: number
  readonly #backend: Backend
  readonly #pending: PendingCalls

  /** Owns `fd` from now on. */
  constructor(backend: Backend, fd: number) {
    const pending = new PendingCalls()
    super(`sync file ${fd}`, () => pending.closeAfter(() => backend.syncFile.close(fd)))
    this.fd = fd
    this.#backend = backend
    this.#pending = pending
  }

  /** SYNC_IOC_FILE_INFO: `status` is 1 when signalled, 0 before, negative when signalled with an error. */
  info(): SyncFileInfo {
    this.assertOpen('info')
    return grantedObject(this.#backend.syncFile.info(this.fd), this.#refusal('SYNC_IOC_FILE_INFO'))
  }

  /** SYNC_IOC_MERGE: a sync file that is signalled when both are. The caller closes it. */
  merge(other: SyncFile, name = 'gemrig'): SyncFile {
    this.assertOpen('merge')
    const fd = this.#backend.syncFile.merge(this.fd, other.fd, name)
    return new SyncFile(this.#backend, granted(fd, this.#refusal('SYNC_IOC_MERGE')))
  }

  /** True when it is signalled, false when the time was over. On a thread of its own. */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    this.assertOpen('wait')
    const { blocking } = this.#backend
    const deadline = deadlineNs(blocking, options.timeoutMs)
    const answer = await this.#pending.run(() => blocking.poll(this.fd, POLLIN, deadline), options.signal)
    const result = answer > 0 && (answer & (POLLERR | POLLNVAL)) !== 0 ? -ERRNO.EBADF : answer
    if (result < 0) throw refused(result, { syscall: 'poll', request: 'poll', subject: this.toString() })
    return result > 0
  }

  #refusal(request: string): { syscall: string; request: string; subject: string } {
    return { syscall: 'ioctl', request, subject: this.toString() }
  }
}
