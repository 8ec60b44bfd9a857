/** Panthor's paths, stepped: binds, jobs, faults and frees of one file against the shrinker. */
import { afterEach, expect, test, vi } from 'vitest'
import { boCreatePath, vmCreate } from '../../src/sim/drm/panthor/panthor-drv.js'
import type { PanthorFile } from '../../src/sim/drm/panthor/panthor-file.js'
import { PanthorGemVma } from '../../src/sim/drm/panthor/panthor-gem-vma.js'
import { PanthorGemObject } from '../../src/sim/drm/panthor/panthor-gem.js'
import { LockedBos, prepareMappedBos } from '../../src/sim/drm/panthor/panthor-submit.js'
import { bindPath } from '../../src/sim/drm/panthor/panthor-vm-bind.js'
import { PanthorVm } from '../../src/sim/drm/panthor/panthor-vm.js'
import { Kernel } from '../../src/sim/kernel.js'
import type { SimTask } from '../../src/sim/process/task-struct.js'
import { reclaim } from '../../src/sim/sched/allocation.js'
import type { Path } from '../../src/sim/sched/path.js'
import { Scheduler, type RunResult } from '../../src/sim/sched/scheduler.js'
import { KernelViolation } from '../../src/sim/sched/violation.js'

const PAGES = 4
const BYTES = PAGES * 4096
const SEEDS = 40

function run(seed: number): { result: RunResult; kernel: Kernel } {
  const swap = { bytes: 16 << 20 }
  const kernel = new Kernel({ gpu: 'panthor', memoryBytes: 128 << 20, swap, nowNs: () => 0 })
  const file = kernel.panthor.open()
  const strategy = seed % 2 === 0 ? 'random' : 'pct'
  const scheduler = new Scheduler(kernel, {
    ...{ seed, strategy, cpus: 3, reclaimOneIn: 4, failOneIn: 12 },
    whenQuiet: () => quiet(kernel, file),
  })
  for (let i = 0; i < 2; i++) vmCreate(file, 0n)
  const task = kernel.tasks.spawn('app', kernel.cgroups.root)
  for (const name of ['app/1', 'app/2']) scheduler.spawn(name, () => actor(scheduler, file, task))
  scheduler.spawn('kswapd0', function* () {
    for (let i = 0; i < 10; i++) yield* scheduler.doing('reclaim', reclaim(kernel, 8, 'balance_pgdat'))
  })
  return { result: scheduler.run(), kernel }
}

function quiet(kernel: Kernel, file: PanthorFile): void {
  try {
    kernel.checkInvariants()
    file.put()
    expect([kernel.panthor.objects.size, kernel.panthor.reclaim.gpuMappedCount]).toEqual([0, 0])
    kernel.checkInvariants()
  } catch (error) {
    if (error instanceof KernelViolation) throw error
    throw new KernelViolation('invariant', String(error))
  }
}

function* actor(scheduler: Scheduler, file: PanthorFile, task: SimTask): Path<void> {
  const { random } = scheduler
  for (let i = 0; i < 16; i++) {
    const handle = 1 + random.below(4)
    const vm = file.vm(1 + random.below(2))
    if (vm === undefined) throw new Error('no VM')
    const bind = (type: number, boHandle: number) => {
      const gpuAddress = BigInt(random.below(6)) * 8192n
      const operation = {
        flags: type,
        boHandle,
        boOffset: 0n,
        gpuAddress,
        sizeBytes: BigInt(BYTES),
        syncs: [],
      }
      return bindPath(file, vm, operation)
    }
    const draw = random.below(12)
    if (draw < 3) yield* scheduler.doing('BO_CREATE', boCreatePath(file, BigInt(BYTES), 0, random.below(3)))
    else if (draw < 6) yield* scheduler.doing(`map ${handle}`, bind(0, handle))
    else if (draw < 7) yield* scheduler.doing('unmap', bind(0x1000_0000, 0))
    else if (draw < 9) yield* scheduler.doing('submit', submit(vm))
    else if (draw < 11) yield* scheduler.doing(`touch ${handle}`, touch(file, task, handle))
    else yield* scheduler.doing(`close ${handle}`, file.handleDelete(handle))
  }
}

function* submit(vm: PanthorVm): Path<void> {
  const locked = new LockedBos()
  const result = yield* prepareMappedBos(vm, locked)
  // What the GPU may use now is all there.
  for (const vmBo of vm.vmBos) {
    if (result !== 0 || !locked.has(vmBo.bo) || vmBo.bo.pages !== null) continue
    throw new KernelViolation('invariant', `${vmBo.bo.label}: a job begins without its pages`)
  }
  yield* locked.unlock()
}

function* touch(file: PanthorFile, task: SimTask, handle: number): Path<void> {
  const bo = yield* file.objectLookup(handle)
  if (!(bo instanceof PanthorGemObject)) return
  const vma = yield* bo.mmapPath(task, BYTES)
  yield* vma.faultPath(0, PAGES)
  yield* reclaim(file.device.kernel, 2 * PAGES, 'balance_pgdat')
  yield* vma.unmapPath()
  yield* bo.putPath()
}

const runs = () => Array.from({ length: SEEDS }, (_, seed) => run(seed + 1))
const violations = () => runs().map(({ result }) => result.violation)

afterEach(() => {
  vi.restoreAllMocks()
})

test('no order of things breaks a promise, and buffers are evicted on the way', () => {
  const all = runs()
  expect(all.flatMap(({ result }) => result.violation ?? [])).toEqual([])
  const evicted = all.filter(({ kernel }) => kernel.panthor.shrinker.evictedObjects > 0).length
  expect(evicted).toBeGreaterThan(SEEDS / 2)
})

test('entries of the CPU that an eviction forgets are noticed', () => {
  vi.spyOn(PanthorGemVma.prototype, 'zap').mockImplementation(() => undefined)
  expect(violations().map((violation) => violation?.message)).toContainEqual(
    expect.stringContaining('the CPU reaches pages that are gone'),
  )
})

test('mappings of the GPU that an eviction forgets are noticed', () => {
  vi.spyOn(PanthorVm.prototype, 'evictMappings').mockImplementation(function* () {
    return true
  })
  expect(violations().map((violation) => violation?.message)).toContainEqual(
    expect.stringContaining('the GPU reaches pages that are gone'),
  )
})
