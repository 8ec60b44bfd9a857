/** One thread of a program, as native/program-thread.cc runs it: its slots, its place in the list, its own time. */
import type { Backend } from '../backend/backend.js'
import { ERRNO } from '../backend/errno.js'
import { RAISED_SIGBUS, type MapHandle } from '../backend/memory-calls.js'
import { PROGRAM_OP, PROGRAM_WORDS, type ProgramRequest } from '../backend/program-calls.js'
import type { Kernel } from '../sim/kernel.js'
import { PAGE_SIZE, pagesOf } from '../sim/mm/page.js'
import type { CpuTime } from '../sim/process/cpu-time.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { gemRequests, type DriverGroups, type GemRequests } from './gem-requests.js'
import { CORRUPT, PURGED, type OpCounts } from './program-counts.js'

export type ProgramGroups = DriverGroups & Pick<Backend, 'dmaHeap' | 'memory'>

interface Slot {
  readonly kind: 'gem' | 'dma-buf'
  /** A GEM handle or a descriptor. */
  readonly handle: number
  readonly sizeBytes: number
  map: MapHandle | undefined
}

export interface ProgramPlace {
  readonly kernel: Kernel
  readonly task: SimTask
  readonly groups: ProgramGroups
}

export class FakeProgramThread {
  readonly cpu: CpuTime
  /** Lists that it ran to their end. */
  iterations = 0
  readonly #place: ProgramPlace
  readonly #request: ProgramRequest
  readonly #requests: GemRequests
  readonly #counts: Map<number, OpCounts>
  readonly #slots = new Map<number, Slot>()
  #at = 0

  /** `counts` by operation, shared by all threads. */
  constructor(place: ProgramPlace, request: ProgramRequest, cpu: CpuTime, counts: Map<number, OpCounts>) {
    this.cpu = cpu
    this.#place = place
    this.#request = request
    this.#requests = gemRequests(place.groups, request.driver)
    this.#counts = counts
  }

  get isDone(): boolean {
    return this.iterations >= this.#request.iterations || this.#request.code.length === 0
  }

  nowNs(): number {
    return this.cpu.nowNs(this.#place.kernel.nowNs())
  }

  /** Runs the next operation. */
  step(): void {
    const { code } = this.#request
    const [op = 0, slot = 0, a = 0, b = 0] = code.subarray(this.#at, this.#at + PROGRAM_WORDS)
    const beginNs = this.nowNs()
    const result = this.#asThread(() => this.#perform(op, slot, a, b))
    this.#counts.get(op)?.add(result, this.nowNs() - beginNs)
    this.#at += PROGRAM_WORDS
    if (this.#at < code.length) return
    this.#at = 0
    this.iterations++
  }

  /** Gives back what is left in its slots. */
  end(): void {
    this.#asThread(() => {
      for (const slot of [...this.#slots.keys()]) this.#close(slot)
    })
  }

  #asThread<T>(work: () => T): T {
    return this.#place.task.runAs(this.cpu, work)
  }

  #perform(op: number, slot: number, a: number, b: number): number {
    const held = this.#slots.get(slot)
    switch (op) {
      case PROGRAM_OP.create:
        return this.#create(slot, a, b)
      case PROGRAM_OP.heapAllocate:
        return this.#allocate(slot, a)
      case PROGRAM_OP.close:
        return this.#close(slot)
      case PROGRAM_OP.map:
        return this.#map(held)
      case PROGRAM_OP.unmap:
        return this.#unmap(held)
      case PROGRAM_OP.madvise:
        return held?.kind === 'gem' ? this.#madvise(held.handle, a) : -ERRNO.ENOENT
      case PROGRAM_OP.sleep:
        return this.#sleep(a * 1000)
      case PROGRAM_OP.closeHandle:
        return this.#place.groups.drm.gemClose(this.#request.fd, a)
      case PROGRAM_OP.madviseHandle:
        return this.#madvise(a, b)
      default:
        return this.#access(op, held, (BigInt(b) << 32n) | BigInt(a))
    }
  }

  #create(slot: number, sizeBytes: number, flags: number): number {
    if (this.#slots.has(slot)) return -ERRNO.EEXIST
    const made = this.#requests.create(this.#request.fd, sizeBytes, flags)
    return this.#hold(slot, 'gem', typeof made === 'number' ? made : made.handle, sizeBytes)
  }

  #allocate(slot: number, sizeBytes: number): number {
    if (this.#slots.has(slot)) return -ERRNO.EEXIST
    const { heapFd } = this.#request
    const fd = heapFd === undefined ? -ERRNO.EBADF : this.#place.groups.dmaHeap.allocate(heapFd, sizeBytes)
    return this.#hold(slot, 'dma-buf', fd, sizeBytes)
  }

  #hold(slot: number, kind: Slot['kind'], handle: number, sizeBytes: number): number {
    if (handle < 0) return handle
    this.#slots.set(slot, { kind, handle, sizeBytes: pagesOf(sizeBytes) * PAGE_SIZE, map: undefined })
    return 0
  }

  #close(slot: number): number {
    const held = this.#slots.get(slot)
    if (held === undefined) return -ERRNO.ENOENT
    this.#unmap(held)
    this.#slots.delete(slot)
    const { drm, dmaHeap } = this.#place.groups
    return held.kind === 'gem' ? drm.gemClose(this.#request.fd, held.handle) : dmaHeap.close(held.handle)
  }

  #map(held: Slot | undefined): number {
    if (held === undefined) return -ERRNO.ENOENT
    if (held.map !== undefined) return -ERRNO.EEXIST
    let [fd, offset] = [held.handle, 0n]
    if (held.kind === 'gem') {
      fd = this.#request.fd
      const found = this.#requests.mmapOffset(fd, held.handle)
      if (typeof found === 'number') return found
      offset = found.offset
    }
    const map = this.#place.groups.memory.mmap(fd, offset, held.sizeBytes)
    if (typeof map === 'number') return map
    held.map = map
    return 0
  }

  #unmap(held: Slot | undefined): number {
    if (held?.map === undefined) return -ERRNO.EINVAL
    const { map } = held
    held.map = undefined
    return this.#place.groups.memory.munmap(map)
  }

  #madvise(handle: number, advice: number): number {
    const retained = this.#requests.madvise(this.#request.fd, handle, advice)
    return retained === 0 ? PURGED : retained
  }

  #sleep(durationNs: number): number {
    const { kernel, task } = this.#place
    return kernel.syscall(task, 0, () => {
      kernel.spend(durationNs)
      return 0
    })
  }

  #access(op: number, held: Slot | undefined, seed: bigint): number {
    if (held?.map === undefined) return -ERRNO.EINVAL
    const { memory } = this.#place.groups
    const { map, sizeBytes } = held
    if (op === PROGRAM_OP.verify) {
      const matched = memory.verify(map, seed, 0, sizeBytes)
      return matched >= 0 && matched < sizeBytes ? CORRUPT : answerOf(matched)
    }
    if (op === PROGRAM_OP.fill) return answerOf(memory.fill(map, seed, 0, sizeBytes))
    const bytes = memory.read(map, 0, sizeBytes)
    return typeof bytes === 'number' ? answerOf(bytes) : 0
  }
}

function answerOf(result: number): number {
  if (result === RAISED_SIGBUS) return PURGED
  return Math.min(result, 0)
}
