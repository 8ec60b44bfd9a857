/** What both cgroup versions do alike with the directory of a cgroup. */
import { ERRNO } from '../../backend/errno.js'
import type { Clock } from '../../board/clock.js'
import type { KernelFiles } from '../../board/kernel-files.js'
import { parseKeyValues } from '../../observe/key-values.js'
import { KernelFileError, readOrThrow, writeOrThrow } from '../../observe/read.js'

const REMOVE_TRIES = 100
const REMOVE_PAUSE_MS = 20

export class CgroupFiles {
  readonly path: string
  readonly files: KernelFiles
  readonly clock: Clock

  constructor(files: KernelFiles, clock: Clock, path: string) {
    this.files = files
    this.clock = clock
    this.path = path
  }

  read(name: string): Promise<string> {
    return readOrThrow(this.files, `${this.path}/${name}`)
  }

  async readNumber(name: string): Promise<number> {
    return Number((await this.read(name)).trim())
  }

  async readKey(name: string, key: string): Promise<number> {
    return parseKeyValues(await this.read(name)).get(key) ?? 0
  }

  write(name: string, text: string): Promise<void> {
    return writeOrThrow(this.files, `${this.path}/${name}`, text)
  }

  async make(): Promise<void> {
    const result = await this.files.makeDirectory(this.path)
    if (result < 0) throw new KernelFileError(this.path, 'mkdir', result)
  }

  async processes(): Promise<readonly number[]> {
    const text = await this.read('cgroup.procs')
    return text.split('\n').filter(Boolean).map(Number)
  }

  /** EBUSY means that a killed process has not quite gone yet. */
  async remove(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const result = await this.files.removeDirectory(this.path)
      if (result === 0 || result === -ERRNO.ENOENT) return
      if (result !== -ERRNO.EBUSY || tries >= REMOVE_TRIES)
        throw new KernelFileError(this.path, 'rmdir', result)
      await this.clock.sleep(REMOVE_PAUSE_MS)
    }
  }
}
