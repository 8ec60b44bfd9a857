/** The GPU grows two heaps while memory is short and a process closes them. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../backend/panfrost-calls.js'
import { createBoPath } from '../../sim/drm/panfrost/panfrost-drv.js'
import type { PanfrostFile } from '../../sim/drm/panfrost/panfrost-file.js'
import { HEAP_STEP_PAGES } from '../../sim/drm/panfrost/panfrost-gem.js'
import { mapFaultAddr } from '../../sim/drm/panfrost/panfrost-mmu.js'
import { PAGE_SHIFT, PAGE_SIZE } from '../../sim/mm/page.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import type { Scenario } from '../scenario.js'
import { closeAll } from './churn.js'
import { spawnKswapd } from './kswapd.js'

const STEPS = 3

export const heap: Scenario = {
  name: 'heap',
  about: 'the GPU faults in heaps that a process makes and closes, and every fourth allocation fails',
  bugs: ['heap-fault-put-pages'],
  options: { failOneIn: 4 },
  build(kernel, scheduler) {
    const file = kernel.panfrost.open()
    /** Where the process has put heaps. */
    const heaps: number[] = []
    scheduler.spawn('glmark', () => client(scheduler, file, heaps))
    scheduler.spawn('irq/panfrost-mmu', () => gpu(scheduler, file, heaps))
    spawnKswapd(kernel, scheduler, 4)
    return () => closeAll(kernel, file)
  },
}

function* client(scheduler: Scheduler, file: PanfrostFile, heaps: number[]): Path<void> {
  const bytes = STEPS * HEAP_STEP_PAGES * PAGE_SIZE
  const flags = PANFROST_BO_NOEXEC | PANFROST_BO_HEAP
  for (let i = 0; i < 4; i++) {
    const bo = yield* scheduler.doing('ioctl CREATE_BO HEAP', createBoPath(file, bytes, flags))
    if (typeof bo !== 'number') heaps.push(Number(bo.gpuAddress >> BigInt(PAGE_SHIFT)))
    if (scheduler.random.chance(2) && typeof bo !== 'number')
      yield* scheduler.doing(`ioctl GEM_CLOSE handle ${bo.handle}`, file.handleDelete(bo.handle))
  }
}

function* gpu(scheduler: Scheduler, file: PanfrostFile, heaps: readonly number[]): Path<void> {
  const { random } = scheduler
  for (let i = 0; i < 16; i++) {
    const start = heaps[random.below(heaps.length)] ?? 0
    const page = start + random.below(STEPS) * HEAP_STEP_PAGES
    yield* scheduler.doing(`GPU fault at page ${page}`, mapFaultAddr(file, page))
  }
}
