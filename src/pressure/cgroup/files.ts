/** What both cgroup versions do alike with the directory of a cgroup. */
import { ERRNO } from '../../backend/errno.js'
import type { Board } from '../../board/board.js'
import { keyValue } from '../../observe/key-values.js'
import { KernelFileError, readOrThrow, writeOrThrow } from '../../observe/read.js'
import type { Cgroup, CgroupTree } from './cgroup.js'

const BUSY_TRIES = 100
const BUSY_PAUSE_MS = 20
const FREEZE_TRIES = 250
const FREEZE_PAUSE_MS = 20

/** Where cgroups are: the pseudo-files, the time to wait for them, and who lives there. */
export type Place = Pick<Board, 'files' | 'clock' | 'setStopped'>

/** A directory of a cgroup file system. A version's own class adds what its files are called. */
export abstract class CgroupDirectory {
  readonly path: string
  protected readonly place: Place

  constructor(place: Place, path: string) {
    this.place = place
    this.path = path
  }

  addProcess(pid: number): Promise<void> {
    return this.write('cgroup.procs', String(pid))
  }

  protected read(name: string): Promise<string> {
    return readOrThrow(this.place.files, `${this.path}/${name}`)
  }

  protected async readNumber(name: string): Promise<number> {
    return Number((await this.read(name)).trim())
  }

  protected async readKey(name: string, key: string): Promise<number> {
    return keyValue(await this.read(name), key) ?? 0
  }

  protected write(name: string, text: string): Promise<void> {
    return writeOrThrow(this.place.files, `${this.path}/${name}`, text)
  }

  async make(): Promise<void> {
    const result = await this.place.files.makeDirectory(this.path)
    if (result < 0) throw new KernelFileError(this.path, 'mkdir', result)
  }

  async processes(): Promise<readonly number[]> {
    const text = await this.read('cgroup.procs')
    // Version 2 lists a process of another pid namespace as 0, which kill(2) would take for our own group.
    return text
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0)
  }

  /** EBUSY means that a killed process has not quite gone yet. */
  async remove(): Promise<void> {
    const result = await this.whileBusy(() => this.place.files.removeDirectory(this.path))
    if (result < 0 && result !== -ERRNO.ENOENT) throw new KernelFileError(this.path, 'rmdir', result)
  }

  /** Waits for about five seconds until `look` says so. Its last answer. */
  protected async untilFrozen(look: () => Promise<boolean>): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const answer = await look()
      if (answer || tries >= FREEZE_TRIES) return answer
      await this.place.clock.sleep(FREEZE_PAUSE_MS)
    }
  }

  /** Tries again for about two seconds while the kernel answers EBUSY. Its last answer. */
  protected async whileBusy(call: () => Promise<number>): Promise<number> {
    for (let tries = 0; ; tries++) {
      const result = await call()
      if (result !== -ERRNO.EBUSY || tries >= BUSY_TRIES) return result
      await this.place.clock.sleep(BUSY_PAUSE_MS)
    }
  }
}

/** The tree below `root`, of cgroups that `make` makes an object for. `mount`: where all of it is mounted. */
export function createTree(
  version: 1 | 2,
  root: string,
  make: (path: string) => Cgroup & { make(): Promise<void> },
  mount = root,
): CgroupTree {
  const open = (name: string) => make(`${root}/${name}`)
  return {
    version,
    root,
    mount,
    open,
    async create(name) {
      const cgroup = open(name)
      await cgroup.make()
      return cgroup
    },
  }
}
