/** Random programs of two processes under random pressure: the accounting holds, and every promise of madvise. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RAISED_SIGBUS, type MapHandle } from '../../src/backend/memory-calls.js'
import { isRefused } from '../../src/backend/outcome.js'
import { TaskKilled } from '../../src/sim/process/task-killed.js'
import { MIB, NODE, type Process, TestMachine } from './sim-machine.js'

const KINDS = [
  'create',
  'create',
  'create',
  'madvise',
  'madvise',
  'madvise',
  'map',
  'map',
  'unmap',
  'check',
  'check',
  'close',
  'heap',
  'closeHeap',
  'anon',
  'unmapAnon',
  'dropCaches',
  'rootReclaim',
  'childReclaim',
  'max',
  'move',
  'respawn',
] as const

const operation = fc.record({
  kind: fc.constantFrom(...KINDS),
  who: fc.nat(1),
  which: fc.nat(30),
  pages: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 2000 })),
  flag: fc.boolean(),
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

interface Buffer {
  readonly handle: number
  readonly sizeBytes: number
  /** What its whole content is; null: zeroes. */
  seed: bigint | null
  idle: boolean
  purged: boolean
  map: MapHandle | null
}

class Actor {
  process: Process
  fd: number
  heap: number
  buffers: Buffer[] = []
  dmaBufs: number[] = []
  anon: MapHandle[] = []

  constructor(machine: TestMachine) {
    this.process = machine.spawn('actor')
    this.fd = this.process.backend.drm.open(NODE)
    this.heap = this.process.backend.dmaHeap.open('system')
  }
}

class Program {
  readonly machine = new TestMachine({ memoryBytes: 16 * MIB })
  readonly init: Process
  readonly actors: Actor[]
  readonly trace: string[] = []
  #seed = 1n

  constructor() {
    this.init = this.machine.spawnIn('child')
    this.machine.write(this.init, '/proc/self/oom_score_adj', '-1000')
    this.actors = [new Actor(this.machine), new Actor(this.machine)]
  }

  run(operation: Operation): void {
    const { kernel } = this.machine
    const actor = this.actors[operation.who]
    if (actor === undefined) return
    if (actor.process.task.exited) this.actors[operation.who] = new Actor(this.machine)
    else {
      try {
        this.trace.push(`${operation.kind} ${String(this.#do(actor, operation))} ${kernel.pages.freePages}`)
      } catch (error) {
        if (!(error instanceof TaskKilled)) throw error
        this.trace.push(`${operation.kind} killed ${kernel.pages.freePages}`)
      }
    }
    this.machine.nowNs += 1000
    kernel.checkInvariants()
  }

  #do(actor: Actor, { kind, which, pages, flag }: Operation): unknown {
    const { backend, task } = actor.process
    const { panfrost, memory } = backend
    const { buffers, fd } = actor
    const buffer = buffers[which % Math.max(1, buffers.length)]
    const write = (path: string, text: string): number => this.machine.write(this.init, path, text)
    switch (kind) {
      case 'create': {
        const bo = panfrost.createBo(fd, pages * 4096, flag ? 1 : 0)
        if (isRefused(bo)) return bo
        buffers.push({
          handle: bo.handle,
          sizeBytes: pages * 4096,
          seed: null,
          idle: false,
          purged: false,
          map: null,
        })
        return bo.gpuAddress
      }
      case 'madvise': {
        if (buffer === undefined) return null
        const retained = panfrost.madvise(fd, buffer.handle, flag ? 1 : 0)
        // A buffer that is needed is never purged, and purged is for ever.
        if (!buffer.idle && !buffer.purged) expect(retained).toBe(1)
        if (buffer.purged) expect(retained).toBe(0)
        buffer.idle = flag
        buffer.purged = retained === 0
        return retained
      }
      case 'map': {
        if (buffer === undefined || buffer.map !== null) return null
        const offset = panfrost.mmapBo(fd, buffer.handle, 0)
        if (isRefused(offset)) throw new Error(`mmapBo ${offset}`)
        const map = memory.mmap(fd, offset.offset, buffer.sizeBytes)
        if (isRefused(map)) return map
        buffer.map = map
        return this.#check(actor, buffer)
      }
      case 'check':
        return buffer && this.#check(actor, buffer)
      case 'unmap':
        if (buffer?.map == null) return null
        expect(memory.munmap(buffer.map)).toBe(0)
        buffer.map = null
        return 0
      case 'close':
        if (buffer === undefined) return null
        buffers.splice(buffers.indexOf(buffer), 1)
        if (flag && buffer.map !== null) memory.munmap(buffer.map)
        return backend.drm.gemClose(fd, buffer.handle)
      case 'heap': {
        const dmaBuf = backend.dmaHeap.allocate(actor.heap, pages * 2048)
        if (dmaBuf > 0) actor.dmaBufs.push(dmaBuf)
        return dmaBuf
      }
      case 'closeHeap': {
        const dmaBuf = actor.dmaBufs.pop()
        return dmaBuf === undefined ? null : backend.dmaHeap.close(dmaBuf)
      }
      case 'anon': {
        const map = memory.mapAnonymous(pages * 4096)
        if (isRefused(map)) return map
        actor.anon.push(map)
        return memory.fill(map, 1n, flag ? 0 : 2048, pages * 2048)
      }
      case 'unmapAnon': {
        const map = actor.anon.pop()
        return map === undefined ? null : memory.munmap(map)
      }
      case 'dropCaches':
        return write('/proc/sys/vm/drop_caches', flag ? '2' : '1')
      case 'rootReclaim':
        return write('/sys/fs/cgroup/memory.reclaim', String(pages * 4096))
      case 'childReclaim':
        return this.#withoutPurges(() => write('/sys/fs/cgroup/child/memory.reclaim', String(pages * 4096)))
      case 'max':
        return this.#withoutPurges(() =>
          write(
            `/sys/fs/cgroup/child/memory.${which % 2 === 0 ? 'max' : 'high'}`,
            flag ? 'max' : String(pages * 8192),
          ),
        )
      case 'move':
        return write(`/sys/fs/cgroup/${flag ? 'child/' : ''}cgroup.procs`, String(task.pid))
      case 'respawn':
        if (flag) this.machine.kernel.tasks.kill(task)
        return null
    }
  }

  /** Reads and writes a mapped buffer: intact, or SIGBUS once purged. Learns of purges, which only idle ones suffer. */
  #check({ process: { backend } }: Actor, buffer: Buffer): unknown {
    if (buffer.map === null) return null
    const { memory } = backend
    const bytes = memory.read(buffer.map, 0, 8)
    if (isRefused(bytes)) {
      expect(bytes).toBe(RAISED_SIGBUS)
      expect(buffer.idle || buffer.purged).toBe(true)
      buffer.purged = true
      return bytes
    }
    expect(buffer.purged).toBe(false)
    if (buffer.seed === null) expect(bytes.every((byte) => byte === 0)).toBe(true)
    else expect(memory.verify(buffer.map, buffer.seed, 0, buffer.sizeBytes)).toBe(buffer.sizeBytes)
    buffer.seed = this.#seed++
    return memory.fill(buffer.map, buffer.seed, 0, buffer.sizeBytes)
  }

  #withoutPurges(call: () => number): number {
    const { shrinker } = this.machine.kernel.panfrost
    const before = shrinker.purgedObjects
    const result = call()
    expect(shrinker.purgedObjects).toBe(before)
    return result
  }

  end(): void {
    const { kernel } = this.machine
    for (const { process } of this.actors) kernel.tasks.kill(process.task)
    kernel.checkInvariants()
    expect(kernel.panfrost.objects.size).toBe(0)
    for (const kind of ['anon', 'shmem', 'dmabuf', 'detached'] as const)
      expect(kernel.pages.used(kind)).toBe(0)
    expect(kernel.memcg.root.usagePages).toBe(kernel.pages.used('file') + kernel.pages.used('kernel'))
  }
}

function run(operations: readonly Operation[]): Program {
  const program = new Program()
  for (const each of operations) program.run(each)
  program.end()
  return program
}

const programs = fc.array(operation, { minLength: 1, maxLength: 120, size: 'max' })

test('any program leaves the machine sound, and gives all memory back', () => {
  let purges = 0
  let kills = 0
  fc.assert(
    fc.property(programs, (operations) => {
      const { kernel } = run(operations).machine
      purges += kernel.panfrost.shrinker.purgedObjects
      kills += kernel.events.get('oom_kill')
    }),
    { numRuns: 300, seed: 1 },
  )
  // Or the programs are too tame to mean anything.
  expect(purges).toBeGreaterThan(100)
  expect(kills).toBeGreaterThan(20)
}, 60_000)

test('the same program gives the same trace', () => {
  fc.assert(
    fc.property(programs, (operations) => {
      expect(run(operations).trace).toEqual(run(operations).trace)
    }),
    { numRuns: 20, seed: 2 },
  )
})
