/** Cgroups of version 1: Documentation/admin-guide/cgroup-v1/memory.rst, mm/memcontrol-v1.c. */
import { keyValue, keyValues } from '../../observe/key-values.js'
import { KernelFileError } from '../../observe/read.js'
import type { Cgroup, CgroupEvents, CgroupStat, CgroupTree } from './cgroup.js'
import { CgroupDirectory, createTree, type Place } from './files.js'

export function createTreeV1(place: Place, root: string): CgroupTree {
  return createTree(1, root, (path) => new CgroupV1(place, path))
}

const STAT_KEYS = {
  anonBytes: 'total_rss',
  fileBytes: 'total_cache',
  unevictableBytes: 'total_unevictable',
} as const

class CgroupV1 extends CgroupDirectory implements Cgroup {
  #isStopped = false

  override async make(): Promise<void> {
    await super.make()
    // Kernels before 5.11 charge a child to its parent only when asked to; newer ones ignore the file.
    await this.place.files.write(`${this.path}/memory.use_hierarchy`, '1')
  }

  async child(name: string): Promise<Cgroup> {
    const child = this.openChild(name)
    await child.make()
    return child
  }

  openChild(name: string): CgroupV1 {
    return new CgroupV1(this.place, `${this.path}/${name}`)
  }

  usageBytes(): Promise<number> {
    return this.readNumber('memory.usage_in_bytes')
  }

  async stat(): Promise<CgroupStat> {
    const text = await this.read('memory.stat')
    return { shmemBytes: keyValue(text, 'total_shmem') ?? 0, ...keyValues(text, STAT_KEYS) }
  }

  /** memory.oom_control counts kills of one cgroup only, so the children's are added. */
  async events(): Promise<CgroupEvents> {
    return { limitHits: await this.readNumber('memory.failcnt'), oomKills: await this.#oomKills() }
  }

  async #oomKills(): Promise<number> {
    let kills = await this.readKey('memory.oom_control', 'oom_kill')
    const names = await this.place.files.list(this.path)
    if (typeof names === 'number') return kills
    for (const name of names) {
      const control = await this.place.files.read(`${this.path}/${name}/memory.oom_control`)
      if (typeof control === 'string') kills += Number(/^oom_kill (\d+)$/m.exec(control)?.[1] ?? 0)
    }
    return kills
  }

  /**
   * EBUSY: more is charged than the limit and nothing could be reclaimed (mem_cgroup_resize_max). The processes in it go
   * on charging and giving back meanwhile, so the next moment may be another. Version 2 sets the limit in any case.
   */
  async setLimit(bytes: number | undefined): Promise<void> {
    const path = `${this.path}/memory.limit_in_bytes`
    const text = bytes === undefined ? '-1' : String(bytes)
    const result = await this.whileBusy(() => this.place.files.write(path, text))
    if (result < 0) throw new KernelFileError(path, 'write', result)
  }

  /** memory.force_empty takes no amount: it reclaims as much as it can. */
  async reclaim(): Promise<boolean> {
    return (await this.place.files.write(`${this.path}/memory.force_empty`, '0')) === 0
  }

  async setFrozen(frozen: boolean): Promise<boolean> {
    const { setStopped, files } = this.place
    if (setStopped === undefined) return false
    this.#isStopped = frozen
    const pids = await this.processes()
    for (const pid of pids) setStopped(pid, frozen)
    return this.untilFrozen(async () => {
      const states = await Promise.all(pids.map((pid) => files.read(`/proc/${pid}/stat`)))
      // The state is behind the name, which may have anything in it. Who is gone has no file, or is a zombie.
      const fits = frozen ? /\) [TtZX] [^)]*$/ : /\) [^Tt] [^)]*$/
      return states.every((text) => typeof text !== 'string' || fits.test(text))
    })
  }

  isFrozen(): Promise<boolean> {
    return Promise.resolve(this.#isStopped)
  }

  async forbidSwap(): Promise<void> {
    await this.place.files.write(`${this.path}/memory.swappiness`, '0')
  }
}
