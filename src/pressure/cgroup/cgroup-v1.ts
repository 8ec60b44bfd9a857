/** Cgroups of version 1: Documentation/admin-guide/cgroup-v1/memory.rst, mm/memcontrol-v1.c. */
import type { Board } from '../../board/board.js'
import type { Cgroup, CgroupEvents, CgroupTree } from './cgroup.js'
import { CgroupFiles } from './files.js'

type Place = Pick<Board, 'files' | 'clock'>

export function createTreeV1(place: Place, root: string): CgroupTree {
  const open = (name: string) => new CgroupV1(new CgroupFiles(place.files, place.clock, `${root}/${name}`))
  return {
    version: 1,
    root,
    open,
    async create(name) {
      const cgroup = open(name)
      await cgroup.make()
      return cgroup
    },
  }
}

class CgroupV1 implements Cgroup {
  readonly #at: CgroupFiles

  constructor(at: CgroupFiles) {
    this.#at = at
  }

  get path(): string {
    return this.#at.path
  }

  async make(): Promise<void> {
    await this.#at.make()
    // Kernels before 5.11 charge a child to its parent only when asked to; newer ones ignore the file.
    await this.#at.files.write(`${this.path}/memory.use_hierarchy`, '1')
  }

  async child(name: string): Promise<Cgroup> {
    const child = this.openChild(name)
    await child.make()
    return child
  }

  openChild(name: string): CgroupV1 {
    return new CgroupV1(new CgroupFiles(this.#at.files, this.#at.clock, `${this.path}/${name}`))
  }

  addProcess(pid: number): Promise<void> {
    return this.#at.write('cgroup.procs', String(pid))
  }

  processes(): Promise<readonly number[]> {
    return this.#at.processes()
  }

  usageBytes(): Promise<number> {
    return this.#at.readNumber('memory.usage_in_bytes')
  }

  shmemBytes(): Promise<number> {
    return this.#at.readKey('memory.stat', 'total_shmem')
  }

  /** memory.oom_control counts kills of one cgroup only, so the children's are added. */
  async events(): Promise<CgroupEvents> {
    return { limitHits: await this.#at.readNumber('memory.failcnt'), oomKills: await this.#oomKills() }
  }

  async #oomKills(): Promise<number> {
    let kills = await this.#at.readKey('memory.oom_control', 'oom_kill')
    const names = await this.#at.files.list(this.path)
    if (typeof names === 'number') return kills
    for (const name of names) {
      const control = await this.#at.files.read(`${this.path}/${name}/memory.oom_control`)
      if (typeof control === 'string') kills += Number(/^oom_kill (\d+)$/m.exec(control)?.[1] ?? 0)
    }
    return kills
  }

  setLimit(bytes: number | undefined): Promise<void> {
    return this.#at.write('memory.limit_in_bytes', bytes === undefined ? '-1' : String(bytes))
  }

  /** memory.force_empty takes no amount: it reclaims as much as it can. */
  async reclaim(): Promise<boolean> {
    return (await this.#at.files.write(`${this.path}/memory.force_empty`, '0')) === 0
  }

  async forbidSwap(): Promise<void> {
    await this.#at.files.write(`${this.path}/memory.swappiness`, '0')
  }

  remove(): Promise<void> {
    return this.#at.remove()
  }
}
