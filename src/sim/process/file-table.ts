/** A process's file descriptors: alloc_fd() and close_files(), fs/file.c, and close(2), fs/open.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import { IdAllocator } from '../lib/id-allocator.js'
import type { SimFile } from './file.js'

/** RLIMIT_NOFILE, as Node raises it to the usual hard limit. */
const NOFILE = 524_288
/** stdin, stdout and stderr are taken. */
const FIRST_FD = 3

export class FileTable {
  readonly #ids = new IdAllocator(FIRST_FD, NOFILE)
  readonly #files = new Map<number, SimFile>()

  /** A descriptor for the file, which the table then owns; -EMFILE, and the file is put. */
  install(file: SimFile): number {
    const fd = this.#ids.allocate()
    if (fd === undefined) {
      file.put()
      return -ERRNO.EMFILE
    }
    this.#files.set(fd, file)
    return fd
  }

  get(fd: number): SimFile | undefined {
    return this.#files.get(fd)
  }

  close(fd: number): number {
    const file = this.#take(fd)
    if (file === undefined) return -ERRNO.EBADF
    file.putSync()
    return 0
  }

  /** close_files(). */
  closeAll(): void {
    for (const fd of [...this.#files.keys()]) this.#take(fd)?.put()
  }

  #take(fd: number): SimFile | undefined {
    const file = this.#files.get(fd)
    if (file === undefined) return undefined
    this.#files.delete(fd)
    this.#ids.free(fd)
    return file
  }

  all(): Iterable<SimFile> {
    return this.#files.values()
  }

  descriptors(): Iterable<number> {
    return this.#files.keys()
  }

  get size(): number {
    return this.#files.size
  }
}
