/** One tree of names over /proc, /sys/fs/cgroup and /dev: path lookup, fs/namei.c (6.12), without links and permissions. */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno, Outcome } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import { PlainFile, type SimFile } from '../process/file.js'
import type { Cgroup } from './cgroup.js'
import { cgroupFiles } from './cgroupfs.js'
import type { SimTask } from '../process/task-struct.js'
import { UdmabufFile } from '../dma-buf/udmabuf.js'
import { shrinkerDebugFiles } from './mm-sysfs.js'
import { fdinfoText, processFiles, procFiles } from './procfs.js'
import { procFile, type PseudoFile } from './pseudo-file.js'

const CGROUP_MOUNT = ['sys', 'fs', 'cgroup']

/** A directory's names, or a pseudo-file, or a device node with its way to open it. */
type Inode =
  | { readonly type: 'directory'; readonly names: readonly string[]; readonly cgroup?: Cgroup }
  | { readonly type: 'file'; readonly file: PseudoFile }
  | { readonly type: 'device'; readonly open: () => SimFile | NegativeErrno }

export class FileSystem {
  readonly #kernel: Kernel
  /** What has a fixed path, by path. Directories follow from the paths. */
  readonly #fixed: ReadonlyMap<string, PseudoFile>

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#fixed = new Map([...procFiles(kernel), ...driverDebugFiles(kernel)])
  }

  /** open(2) for reading and writing: an open file. ENOENT, ENOTDIR, EISDIR. */
  open(path: string): SimFile | NegativeErrno {
    const inode = this.#lookup(path)
    if (inode === undefined) return this.#whyMissing(path)
    if (inode.type === 'directory') return -ERRNO.EISDIR
    return inode.type === 'device' ? inode.open() : new PlainFile()
  }

  read(path: string): string | NegativeErrno {
    const inode = this.#lookup(path)
    if (inode === undefined) return this.#whyMissing(path)
    if (inode.type === 'directory') return -ERRNO.EISDIR
    return inode.type === 'file' ? inode.file.read() : -ERRNO.EINVAL
  }

  write(path: string, text: string): NegativeErrno | 0 {
    const inode = this.#lookup(path)
    if (inode === undefined) return this.#whyMissing(path)
    if (inode.type === 'directory') return -ERRNO.EISDIR
    return inode.type === 'file' ? inode.file.write(text) : -ERRNO.EINVAL
  }

  list(path: string): Outcome<string[]> {
    const inode = this.#lookup(path)
    if (inode === undefined) return this.#whyMissing(path)
    if (inode.type !== 'directory') return -ERRNO.ENOTDIR
    return [...new Set(inode.names)].sort()
  }

  makeDirectory(path: string): NegativeErrno | 0 {
    if (this.#lookup(path) !== undefined) return -ERRNO.EEXIST
    const parts = partsOf(path)
    const name = parts.pop()
    const parent = this.#lookup(`/${parts.join('/')}`)
    if (name === undefined || parent === undefined) return -ERRNO.ENOENT
    if (parent.type !== 'directory') return -ERRNO.ENOTDIR
    return parent.cgroup === undefined ? -ERRNO.EPERM : this.#kernel.cgroups.make(parent.cgroup, name)
  }

  removeDirectory(path: string): NegativeErrno | 0 {
    const inode = this.#lookup(path)
    if (inode === undefined) return this.#whyMissing(path)
    if (inode.type !== 'directory') return -ERRNO.ENOTDIR
    return inode.cgroup === undefined ? -ERRNO.EPERM : this.#kernel.cgroups.remove(inode.cgroup)
  }

  /** ENOTDIR when the path leads through something that is no directory. */
  #whyMissing(path: string): NegativeErrno {
    const parts = partsOf(path)
    const isBlocked = parts.some((_, i) => {
      const above = this.#lookup(`/${parts.slice(0, i).join('/')}`)
      return above !== undefined && above.type !== 'directory'
    })
    return isBlocked ? -ERRNO.ENOTDIR : -ERRNO.ENOENT
  }

  #lookup(path: string): Inode | undefined {
    if (!path.startsWith('/')) return undefined
    const parts = partsOf(path)
    if (CGROUP_MOUNT.every((part, i) => parts[i] === part)) return this.#lookupCgroup(parts.slice(3))
    const fixed = this.#files().get(`/${parts.join('/')}`)
    if (fixed !== undefined) return { type: 'file', file: fixed }
    if (parts[0] === 'dev') {
      const device = this.#devices().get(parts.slice(1).join('/'))
      if (device !== undefined) return { type: 'device', open: device }
    }
    return this.#lookupProcess(parts) ?? this.#lookupDirectory(parts)
  }

  /** Shrinkers come and go, the other files stay. */
  #files(): ReadonlyMap<string, PseudoFile> {
    if (!this.#kernel.shrinkerDebug) return this.#fixed
    return new Map([...this.#fixed, ...shrinkerDebugFiles(this.#kernel)])
  }

  #lookupCgroup(parts: readonly string[]): Inode | undefined {
    const group = this.#kernel.cgroups.find(parts)
    if (group !== undefined) {
      const names = [...cgroupFiles(this.#kernel, group).keys(), ...group.children.keys()]
      return { type: 'directory', names, cgroup: group }
    }
    const parent = this.#kernel.cgroups.find(parts.slice(0, -1))
    const file = parent && cgroupFiles(this.#kernel, parent).get(parts.at(-1) ?? '')
    return file && { type: 'file', file }
  }

  #lookupProcess(parts: readonly string[]): Inode | undefined {
    const [proc, pid, name, ...rest] = parts
    if (proc !== 'proc' || pid === undefined || rest.length > 1) return undefined
    const task = pid === 'self' ? this.#kernel.current?.task : this.#kernel.tasks.get(Number(pid))
    if (task === undefined) return undefined
    if (name === 'fdinfo') return this.#lookupFdinfo(task, rest[0])
    if (rest.length > 0) return undefined
    const files = processFiles(task)
    if (name === undefined) return { type: 'directory', names: [...files.keys(), 'fdinfo'] }
    const file = files.get(name)
    return file && { type: 'file', file }
  }

  #lookupFdinfo(task: SimTask, fd: string | undefined): Inode | undefined {
    if (fd === undefined) return { type: 'directory', names: [...task.files.descriptors()].map(String) }
    const file = task.files.get(Number(fd))
    return file && { type: 'file', file: procFile(() => fdinfoText(this.#kernel, file)) }
  }

  #lookupDirectory(parts: readonly string[]): Inode | undefined {
    const prefix = parts.length === 0 ? '/' : `/${parts.join('/')}/`
    const paths = [...this.#files().keys(), `/${CGROUP_MOUNT.join('/')}`]
    for (const name of this.#devices().keys()) paths.push(`/dev/${name}`)
    for (const task of this.#kernel.tasks.all()) paths.push(`/proc/${task.pid}`)
    const names = paths
      .filter((path) => path.startsWith(prefix))
      .map((path) => partsOf(path)[parts.length] ?? '')
    return names.length > 0 ? { type: 'directory', names } : undefined
  }

  /** Device nodes by their name below /dev. */
  #devices(): Map<string, () => SimFile> {
    const nodes = new Map<string, () => SimFile>([
      ['null', () => new PlainFile()],
      ['udmabuf', () => new UdmabufFile(this.#kernel)],
    ])
    for (const device of this.#kernel.drmDevices) {
      for (const name of device.nodeNames)
        nodes.set(`dri/${name}`, () => {
          const file = device.open()
          file.isRenderNode = name.startsWith('renderD')
          return file
        })
    }
    for (const heap of this.#kernel.heaps.all()) nodes.set(`dma_heap/${heap.name}`, () => heap.open())
    return nodes
  }
}

/** drm_debugfs_dev_init(): a folder for each device that has files of its own. */
function driverDebugFiles(kernel: Kernel): [string, PseudoFile][] {
  return kernel.drmDevices.flatMap((device) =>
    device
      .debugfsFiles()
      .map(([name, file]): [string, PseudoFile] => [
        `/sys/kernel/debug/dri/${device.node.busName}/${name}`,
        file,
      ]),
  )
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
