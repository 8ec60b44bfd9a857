/** Fences as files: drivers/dma-buf/sync_file.c (6.12). */
import { POLLIN } from '../../backend/dma-buf-calls.js'
import { ERRNO } from '../../backend/errno.js'
import type { Outcome } from '../../backend/outcome.js'
import type { SyncFileInfo } from '../../backend/sync-file-calls.js'
import type { Vma } from '../mm/vma.js'
import { SimFile } from '../process/file.js'
import type { SimTask } from '../process/task-struct.js'
import { isSignaled, mergeFences, statusOf, type Fence } from './dma-fence.js'

/** sizeof(user_name), with its NUL. */
const NAME_BYTES = 32

export class SyncFile extends SimFile {
  readonly fence: Fence
  readonly #name: string

  constructor(fence: Fence, name = '') {
    super()
    this.fence = fence
    this.#name = name
  }

  /** SYNC_IOC_FILE_INFO. */
  info(nowNs: number): SyncFileInfo {
    const { parts } = this.fence
    return { status: statusOf(this.fence, nowNs), fenceCount: parts.length, name: this.#nameText() }
  }

  /** SYNC_IOC_MERGE: the descriptor of a new one. EMFILE; ENOENT when the other is no sync file. */
  merge(task: SimTask, otherFd: number, name: string, nowNs: number): number {
    const other = task.files.get(otherFd)
    if (!(other instanceof SyncFile)) return -ERRNO.ENOENT
    const fence = mergeFences([this.fence, other.fence], nowNs)
    return task.files.install(new SyncFile(fence, cut(name)))
  }

  override poll(events: number, nowNs: number): number {
    return isSignaled(this.fence, nowNs) ? events & POLLIN : 0
  }

  override pollChangesAtNs(): number {
    return this.fence.signalsAtNs
  }

  mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  protected release(): void {
    // The fence is whoever's it was.
  }

  #nameText(): string {
    if (this.#name !== '') return this.#name
    const [first] = this.fence.parts
    if (first === undefined || this.fence.parts.length > 1) return 'dma_fence_array-unbound'
    return cut(`${first.driverName}-${first.timelineName}${first.context}-${first.seqno}`)
  }
}

function cut(name: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1))
}
