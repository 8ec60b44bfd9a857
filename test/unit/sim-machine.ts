/** A simulated machine for tests: time that the test moves, processes with their backends, and shorthands. */
import { isRefused, type Outcome } from '../../src/backend/outcome.js'
import type { Backend } from '../../src/backend/backend.js'
import type { MapHandle } from '../../src/backend/memory-calls.js'
import { createFakeBackend } from '../../src/fake-backend/fake-backend.js'
import { Kernel, type KernelOptions } from '../../src/sim/kernel.js'
import type { SimTask } from '../../src/sim/process/task-struct.js'

export const MIB = 1 << 20
export const NODE = '/dev/dri/renderD128'
export const NOEXEC = 1
export const WILLNEED = 0
export const DONTNEED = 1

export interface Process {
  readonly task: SimTask
  readonly backend: Backend
}

export class TestMachine {
  nowNs = 0
  readonly kernel: Kernel

  constructor(options: Omit<KernelOptions, 'nowNs'> = {}) {
    this.kernel = new Kernel({ ...options, nowNs: () => this.nowNs })
  }

  spawn(name: string): Process {
    const task = this.kernel.tasks.spawn(name, this.kernel.cgroups.root)
    return { task, backend: createFakeBackend(this.kernel, task) }
  }

  /** A process in a new cgroup `name` with a memory controller. */
  spawnIn(name: string): Process {
    const process = this.spawn(name)
    this.write(process, '/sys/fs/cgroup/cgroup.subtree_control', '+memory')
    this.file(process, () => this.kernel.fileSystem.makeDirectory(`/sys/fs/cgroup/${name}`))
    this.write(process, `/sys/fs/cgroup/${name}/cgroup.procs`, '0')
    return process
  }

  write(process: Process, path: string, text: string): number {
    return this.file(process, () => this.kernel.fileSystem.write(path, text))
  }

  read(process: Process, path: string): string {
    const text = this.file(process, () => this.kernel.fileSystem.read(path))
    if (typeof text === 'number') throw new Error(`${path}: ${text}`)
    return text
  }

  /** The number after `name` in a file of lines "name value" or "name: value kB". */
  value(process: Process, path: string, name: string): number {
    const line = this.read(process, path)
      .split('\n')
      .find((each) => each.trim().split(/[ :]+/)[0] === name)
    if (line === undefined) throw new Error(`${path} has no ${name}`)
    return Number(line.trim().split(/[ :]+/)[1])
  }

  private file<T>(process: Process, call: () => T): T {
    return this.kernel.syscall(process.task, 0, call)
  }
}

export function taken<T extends object>(outcome: Outcome<T>): T {
  if (isRefused(outcome)) throw new Error(`refused: ${outcome}`)
  return outcome
}

export function newBo({ backend }: Process, fd: number, sizeBytes: number, flags = NOEXEC): number {
  return taken(backend.panfrost.createBo(fd, sizeBytes, flags)).handle
}

export function mapBo({ backend }: Process, fd: number, handle: number, sizeBytes: number): MapHandle {
  const { offset } = taken(backend.panfrost.mmapBo(fd, handle, 0))
  return taken(backend.memory.mmap(fd, offset, sizeBytes))
}

/** Buffers that were filled with their number, unmapped and advised DONTNEED, in this order: their handles. */
export function idleBos(process: Process, fd: number, count: number, sizeBytes: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const handle = newBo(process, fd, sizeBytes)
    const map = mapBo(process, fd, handle, sizeBytes)
    process.backend.memory.fill(map, BigInt(i), 0, sizeBytes)
    process.backend.memory.munmap(map)
    process.backend.panfrost.madvise(fd, handle, DONTNEED)
    return handle
  })
}

/** Which of the buffers were purged. Asks with an advice that changes nothing. */
export function purgedOf({ backend }: Process, fd: number, handles: readonly number[]): number[] {
  return handles.filter((handle) => backend.panfrost.madvise(fd, handle, WILLNEED) === 0)
}

/** Takes anonymous memory until it has `bytes`, or is killed (then this throws TaskKilled). */
export function hog({ backend }: Process, bytes: number): MapHandle {
  const map = taken(backend.memory.mapAnonymous(bytes))
  backend.memory.fill(map, 7n, 0, bytes)
  return map
}
