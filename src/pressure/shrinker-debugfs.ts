/**
 * One shrinker at a time, through debugfs: mm/shrinker_debug.c (6.12), Documentation/admin-guide/mm/shrinker_debugfs.rst.
 * It needs a kernel with CONFIG_SHRINKER_DEBUG, which Debian's are not and those of `gemrig vm build-kernel` are.
 */
import type { KernelFiles } from '../board/kernel-files.js'
import { KernelFileError, readOrThrow, writeOrThrow } from '../observe/read.js'

export const SHRINKERS = '/sys/kernel/debug/shrinker'

export class ShrinkerDebugfs {
  /** `drm-panfrost-13`: the shrinker's name and a number that the kernel gave to it. */
  readonly directory: string
  readonly #files: KernelFiles

  private constructor(files: KernelFiles, directory: string) {
    this.#files = files
    this.directory = directory
  }

  /** All shrinkers with that name (`drm-panfrost`). KernelFileError ENOENT: the kernel cannot do it; EACCES: only root may. */
  static async find(files: KernelFiles, name: string): Promise<ShrinkerDebugfs[]> {
    const named = await ShrinkerDebugfs.list(files, `${name}-`)
    return named.filter(({ directory }) => /^\d+$/.test(directory.slice(name.length + 1)))
  }

  /** All shrinkers whose names begin like that (`drm-`). KernelFileError: as find. */
  static async list(files: KernelFiles, prefix: string): Promise<ShrinkerDebugfs[]> {
    const listed = await files.list(SHRINKERS)
    if (typeof listed === 'number') throw new KernelFileError(SHRINKERS, 'read', listed)
    return listed
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => new ShrinkerDebugfs(files, entry))
  }

  /** Objects that it could free, of all nodes and memory cgroups together: pages, for those of DRM drivers. */
  async count(): Promise<number> {
    const text = await readOrThrow(this.#files, `${SHRINKERS}/${this.directory}/count`)
    // A line for each cgroup: its inode, then a number for each node. A cgroup with nothing has no line.
    const numbers = text.split('\n').flatMap((line) => line.trim().split(/\s+/).slice(1))
    return numbers.reduce((sum, number) => sum + Number(number), 0)
  }

  /**
   * Has it scan `objects` of a node, as reclaim would, for a shrinker that knows no cgroups. The kernel does not tell what
   * came of it: count() before and after does.
   */
  async scan(objects: number, node = 0): Promise<void> {
    await writeOrThrow(this.#files, `${SHRINKERS}/${this.directory}/scan`, `0 ${node} ${objects}\n`)
  }
}
