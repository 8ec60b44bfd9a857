/** Cgroups of version 2: Documentation/admin-guide/cgroup-v2.rst, mm/memcontrol.c. */
import { ERRNO } from '../../backend/errno.js'
import { KernelFileError } from '../../observe/read.js'
import type { Board } from '../../board/board.js'
import type { Cgroup, CgroupEvents, CgroupTree } from './cgroup.js'
import { CgroupFiles } from './files.js'

type Place = Pick<Board, 'files' | 'clock'>

export function createTreeV2(place: Place, root: string): CgroupTree {
  const open = (name: string) => new CgroupV2(new CgroupFiles(place.files, place.clock, `${root}/${name}`))
  return {
    version: 2,
    root,
    open,
    async create(name) {
      const cgroup = open(name)
      await cgroup.make()
      return cgroup
    },
  }
}

class CgroupV2 implements Cgroup {
  readonly #at: CgroupFiles

  constructor(at: CgroupFiles) {
    this.#at = at
  }

  get path(): string {
    return this.#at.path
  }

  make(): Promise<void> {
    return this.#at.make()
  }

  /** A cgroup with children holds no processes of its own: the rule of the unified hierarchy. */
  async child(name: string): Promise<Cgroup> {
    await this.#at.write('cgroup.subtree_control', '+memory')
    const child = this.openChild(name)
    await child.make()
    return child
  }

  openChild(name: string): CgroupV2 {
    return new CgroupV2(new CgroupFiles(this.#at.files, this.#at.clock, `${this.path}/${name}`))
  }

  addProcess(pid: number): Promise<void> {
    return this.#at.write('cgroup.procs', String(pid))
  }

  processes(): Promise<readonly number[]> {
    return this.#at.processes()
  }

  usageBytes(): Promise<number> {
    return this.#at.readNumber('memory.current')
  }

  shmemBytes(): Promise<number> {
    return this.#at.readKey('memory.stat', 'shmem')
  }

  async events(): Promise<CgroupEvents> {
    return {
      limitHits: await this.#at.readKey('memory.events', 'max'),
      oomKills: await this.#at.readKey('memory.events', 'oom_kill'),
    }
  }

  setLimit(bytes: number | undefined): Promise<void> {
    return this.#at.write('memory.max', bytes === undefined ? 'max' : String(bytes))
  }

  setHigh(bytes: number | undefined): Promise<void> {
    return this.#at.write('memory.high', bytes === undefined ? 'max' : String(bytes))
  }

  async reclaim(bytes: number): Promise<boolean> {
    const path = `${this.path}/memory.reclaim`
    const result = await this.#at.files.write(path, String(bytes))
    if (result < 0 && result !== -ERRNO.EAGAIN) throw new KernelFileError(path, 'write', result)
    return result === 0
  }

  async forbidSwap(): Promise<void> {
    // The file is missing where the kernel has no swap: then there is nothing to forbid.
    await this.#at.files.write(`${this.path}/memory.swap.max`, '0')
  }

  remove(): Promise<void> {
    return this.#at.remove()
  }
}
