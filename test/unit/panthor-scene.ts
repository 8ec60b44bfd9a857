/** A simulated machine with a Panthor device, and shorthands for its requests. */
import type { MapHandle } from '../../src/backend/memory-calls.js'
import type { PanthorSyncOp, PanthorVmBindOp } from '../../src/backend/panthor-vm.js'
import type { KernelOptions } from '../../src/sim/kernel.js'
import { PanthorGemObject } from '../../src/sim/drm/panthor/panthor-gem.js'
import { PanthorFile } from '../../src/sim/drm/panthor/panthor-file.js'
import { RECLAIM_STATE } from '../../src/sim/drm/panthor/panthor-reclaim-state.js'
import { MIB, NODE, taken, TestMachine, type Process } from './sim-machine.js'

const MAP = 0
const UNMAP = 0x1000_0000
export const BO_BYTES = 64 * 1024
export const BO_PAGES = 16
export const SWAP = { bytes: 64 * MIB, zramRatio: 3 }
const NAMES = Object.entries(RECLAIM_STATE)

export class PanthorScene {
  readonly machine: TestMachine
  readonly actor: Process
  readonly fd: number

  constructor(options: Omit<KernelOptions, 'nowNs'> = {}) {
    this.machine = new TestMachine({ gpu: 'panthor', memoryBytes: 64 * MIB, ...options })
    this.actor = this.machine.spawn('actor')
    this.fd = this.actor.backend.drm.open(NODE)
  }

  get kernel() {
    return this.machine.kernel
  }

  get panthor() {
    return this.actor.backend.panthor
  }

  get memory() {
    return this.actor.backend.memory
  }

  bo(sizeBytes = BO_BYTES, flags = 0, vmId = 0, fd = this.fd): number {
    return taken(this.panthor.boCreate(fd, BigInt(sizeBytes), flags, vmId)).handle
  }

  map(handle: number, fd = this.fd): MapHandle {
    const { offset } = taken(this.panthor.boMmapOffset(fd, handle))
    return taken(this.memory.mmap(fd, offset, BO_BYTES))
  }

  /** A buffer with the pattern of `seed` in it, mapped. */
  filled(seed: bigint, vmId = 0): { handle: number; map: MapHandle } {
    const handle = this.bo(BO_BYTES, 0, vmId)
    const map = this.map(handle)
    if (this.memory.fill(map, seed, 0, BO_BYTES) !== 0) throw new Error('not filled')
    return { handle, map }
  }

  verify(map: MapHandle, seed: bigint): boolean {
    return this.memory.verify(map, seed, 0, BO_BYTES) === BO_BYTES
  }

  vm(): number {
    return taken(this.panthor.vmCreate(this.fd, 0n)).id
  }

  operation(flags: number, rest: Partial<PanthorVmBindOp> = {}): PanthorVmBindOp {
    const syncs: PanthorSyncOp[] = []
    const sizeBytes = BigInt(BO_BYTES)
    return { flags, boHandle: 0, boOffset: 0n, gpuAddress: 0n, sizeBytes, syncs, ...rest }
  }

  bind(vmId: number, boHandle: number, gpuAddress = 0x10_0000n): number {
    return this.panthor.vmBind(this.fd, vmId, 0, [this.operation(MAP, { boHandle, gpuAddress })]).result
  }

  unbind(vmId: number, gpuAddress = 0x10_0000n): number {
    return this.panthor.vmBind(this.fd, vmId, 0, [this.operation(UNMAP, { gpuAddress })]).result
  }

  group(vmId: number): number {
    return taken(
      this.panthor.groupCreate(this.fd, {
        vmId,
        priority: 1,
        queues: [{ priority: 0, ringbufSizeBytes: 4096 }],
        maxComputeCores: 4,
        maxFragmentCores: 4,
        maxTilerCores: 1,
        computeCoreMask: 0x5_0005n,
        fragmentCoreMask: 0x5_0005n,
        tilerCoreMask: 1n,
      }),
    ).handle
  }

  submit(group: number, streamSizeBytes = 8, syncs: PanthorSyncOp[] = []): number {
    const streamGpuAddress = streamSizeBytes === 0 ? 0n : 64n
    const job = { queueIndex: 0, streamSizeBytes, streamGpuAddress, latestFlush: 0, syncs }
    return this.panthor.groupSubmit(this.fd, group, [job])
  }

  object(handle: number): PanthorGemObject {
    const file = this.actor.task.files.get(this.fd)
    const object = file instanceof PanthorFile ? file.lookup(handle) : undefined
    if (object instanceof PanthorGemObject) return object
    throw new Error(`no buffer ${handle}`)
  }

  state(handle: number): string {
    const { reclaimState } = this.object(handle)
    return NAMES.find(([, value]) => value === reclaimState)?.[0] ?? '?'
  }

  isEvicted(handle: number): boolean {
    const { pages, reclaimedCount } = this.object(handle)
    return pages === null && reclaimedCount > 0
  }

  /** One scan for so many pages: those that it freed. */
  scan(nrToScan: number): number {
    const control = { memcg: this.kernel.memcg.root, nrToScan, nrScanned: nrToScan }
    return this.kernel.syscall(this.actor.task, 0, () => this.kernel.panthor.shrinker.scanObjects(control))
  }

  count(mayBlock = true): number {
    const gfp = { directReclaim: mayBlock, kswapdReclaim: true, retryMayfail: false }
    const { root } = this.kernel.memcg
    return this.kernel.panthor.shrinker.countObjects({ memcg: root, nrToScan: 0, nrScanned: 0, gfp })
  }

  dropSlab(): number {
    return this.machine.write(this.actor, '/proc/sys/vm/drop_caches', '2')
  }
}
