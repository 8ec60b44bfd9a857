/** Cgroups of version 2: Documentation/admin-guide/cgroup-v2.rst, mm/memcontrol.c. */
import { ERRNO } from '../../backend/errno.js'
import { keyValue, keyValues } from '../../observe/key-values.js'
import { KernelFileError } from '../../observe/read.js'
import type { Cgroup, CgroupEvents, CgroupStat, CgroupTree } from './cgroup.js'
import { CgroupDirectory, createTree, type Place } from './files.js'

const STAT_KEYS = {
  anonBytes: 'anon',
  fileBytes: 'file',
  unevictableBytes: 'unevictable',
  kernelBytes: 'kernel',
  slabReclaimableBytes: 'slab_reclaimable',
} as const

const EVENT_KEYS = {
  lowBreaches: 'low',
  highHits: 'high',
  ooms: 'oom',
  oomGroupKills: 'oom_group_kill',
} as const

export function createTreeV2(place: Place, root: string, mount = root): CgroupTree {
  return createTree(2, root, (path) => new CgroupV2(place, path), mount)
}

class CgroupV2 extends CgroupDirectory implements Cgroup {
  /** A cgroup with children holds no processes of its own: the rule of the unified hierarchy. */
  async child(name: string): Promise<Cgroup> {
    await this.write('cgroup.subtree_control', '+memory')
    const child = this.openChild(name)
    await child.make()
    return child
  }

  openChild(name: string): CgroupV2 {
    return new CgroupV2(this.place, `${this.path}/${name}`)
  }

  usageBytes(): Promise<number> {
    return this.readNumber('memory.current')
  }

  async stat(): Promise<CgroupStat> {
    const text = await this.read('memory.stat')
    return { shmemBytes: keyValue(text, 'shmem') ?? 0, ...keyValues(text, STAT_KEYS) }
  }

  async events(): Promise<CgroupEvents> {
    const text = await this.read('memory.events')
    return {
      limitHits: keyValue(text, 'max') ?? 0,
      oomKills: keyValue(text, 'oom_kill') ?? 0,
      ...keyValues(text, EVENT_KEYS),
    }
  }

  setLimit(bytes: number | undefined): Promise<void> {
    return this.write('memory.max', bytes === undefined ? 'max' : String(bytes))
  }

  setHigh(bytes: number | undefined): Promise<void> {
    return this.write('memory.high', bytes === undefined ? 'max' : String(bytes))
  }

  async setFrozen(frozen: boolean): Promise<boolean> {
    const path = `${this.path}/cgroup.freeze`
    const result = await this.place.files.write(path, frozen ? '1' : '0')
    // Linux 5.2 and newer.
    if (result === -ERRNO.ENOENT) return false
    if (result < 0) throw new KernelFileError(path, 'write', result)
    return this.untilFrozen(async () => (await this.isFrozen()) === frozen)
  }

  async isFrozen(): Promise<boolean> {
    return (await this.readKey('cgroup.events', 'frozen')) === 1
  }

  async reclaim(bytes: number): Promise<boolean> {
    const path = `${this.path}/memory.reclaim`
    const result = await this.place.files.write(path, String(bytes))
    if (result < 0 && result !== -ERRNO.EAGAIN) throw new KernelFileError(path, 'write', result)
    return result === 0
  }

  async forbidSwap(): Promise<void> {
    // The file is missing where the kernel has no swap: then there is nothing to forbid.
    await this.place.files.write(`${this.path}/memory.swap.max`, '0')
  }
}
