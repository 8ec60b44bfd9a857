/** An open file: struct file, include/linux/fs.h (6.12). Each kind of file is a class of its own. */
import { POLLIN, POLLOUT } from '../../backend/dma-buf-calls.js'
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { Vma } from '../mm/vma.js'
import type { SimTask } from './task-struct.js'

export abstract class SimFile {
  #references = 1

  /** FMODE_WRITE: without it a shared mapping that may be written is refused (mm/mmap.c, do_mmap()). */
  readonly isWritable: boolean = true

  /** The inode's number, where it is modelled. */
  readonly ino: number = 1

  get(): void {
    this.#references++
  }

  /** file_count(). */
  get references(): number {
    return this.#references
  }

  /** fput(): the last one releases the file, on the way back to user space. */
  put(): void {
    if (--this.#references === 0) this.putOff(() => this.release())
  }

  /** __fput_sync(): the last one releases the file now. */
  putSync(): void {
    if (--this.#references === 0) this.release()
  }

  /** A file that holds nothing of other files has its `release` at once: nobody sees the difference. */
  protected putOff(release: () => void): void {
    release()
  }

  /** lseek(fd, 0, SEEK_END). A file without llseek answers so. */
  seekEnd(): number {
    return -ERRNO.ESPIPE
  }

  /** poll(2): which of `events` are there at that time. A file without poll is always ready. */
  poll(events: number, _nowNs: number): number {
    return events & (POLLIN | POLLOUT)
  }

  /** When poll's answer will change; Infinity when nobody knows. */
  pollChangesAtNs(_events: number, _nowNs: number): number {
    return Infinity
  }

  /** What /proc/<pid>/fdinfo shows of it beyond what it shows of every file: show_fdinfo(). */
  fdinfo(_nowNs: number): string {
    return ''
  }

  /** What an ioctl that this kind of file does not know comes to. */
  unknownIoctl(): NegativeErrno {
    return -ERRNO.ENOTTY
  }

  /** mmap(2), MAP_SHARED, at a page-aligned offset. -ENODEV from a file without mmap. */
  abstract mmap(task: SimTask, offset: bigint, lengthBytes: number): Outcome<Vma>

  protected abstract release(): void
}

/** A file that can be opened and nothing else that matters here: /dev/null, or a file of /proc. */
export class PlainFile extends SimFile {
  override seekEnd(): number {
    return 0
  }

  mmap(): Outcome<Vma> {
    return -ERRNO.ENODEV
  }

  protected release(): void {
    // Owns nothing.
  }
}
