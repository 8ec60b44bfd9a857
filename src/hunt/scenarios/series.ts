/** Panfrost on the generic shrinker: two threads fault, submit, pin, advise and close what kswapd evicts and purges. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../backend/panfrost-calls.js'
import { createBoPath, madvisePath } from '../../sim/drm/panfrost/panfrost-drv.js'
import type { PanfrostFile } from '../../sim/drm/panfrost/panfrost-file.js'
import { HEAP_STEP_PAGES } from '../../sim/drm/panfrost/panfrost-gem.js'
import { PanfrostShmemObject } from '../../sim/drm/panfrost/panfrost-shmem.js'
import { submitPath } from '../../sim/drm/panfrost/panfrost-submit.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import type { SimTask } from '../../sim/process/task-struct.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import type { Scenario } from '../scenario.js'
import { closeAll } from './churn.js'
import { touchAndCheck } from './contents.js'
import { spawnGpu } from './gpu.js'
import { jobOf } from './jobs.js'
import { spawnKswapd } from './kswapd.js'

const OPERATIONS = 16
const HANDLES = 4
const PAGES = 4

export const series: Scenario = {
  name: 'series',
  about:
    'two threads fault, submit, pin, advise and close buffers that the generic shrinker evicts and purges',
  bugs: ['heap-fault-got-pages-sgt', 'shmem-free-takes-resv', 'swapin-keeps-pages'],
  options: { failOneIn: 12 },
  kernel: { release: '7.2', patches: 'eviction', swap: { bytes: 64 << 20 } },
  build(kernel, scheduler) {
    const file = kernel.panfrost.open()
    const task = kernel.tasks.spawn('glmark', kernel.cgroups.root)
    const written = new WeakSet<object>()
    for (const name of ['glmark/1', 'glmark/2'])
      scheduler.spawn(name, () => client(scheduler, file, task, written))
    const drain = spawnGpu(kernel, scheduler, 40)
    spawnKswapd(kernel, scheduler, 16)
    return () => {
      drain()
      closeAll(kernel, file)
      const { lruEvictable, lruEvicted, lruPinned } = kernel.panfrost.needShmemShrinker()
      const pages = lruEvictable.count + lruEvicted.count + lruPinned.count
      if (pages !== 0) throw new Error(`${pages} pages are left in the LRUs`)
    }
  },
}

function* client(
  scheduler: Scheduler,
  file: PanfrostFile,
  task: SimTask,
  written: WeakSet<object>,
): Path<void> {
  const { random } = scheduler
  for (let i = 0; i < OPERATIONS; i++) {
    const handle = 1 + random.below(HANDLES)
    const draw = random.below(18)
    if (draw < 4) yield* scheduler.doing('ioctl CREATE_BO', create(scheduler, file))
    else if (draw < 7) {
      const other = 1 + random.below(HANDLES)
      const handles = other === handle ? [handle] : [handle, other]
      yield* scheduler.doing(`ioctl SUBMIT handles ${handles.join()}`, submitPath(file, jobOf(...handles)))
    } else if (draw < 10) {
      const touch = withObject(file, handle, (bo) =>
        bo.isHeap ? nothing() : touchAndCheck(bo, task, written),
      )
      yield* scheduler.doing(`mmap handle ${handle}, touch, munmap`, touch)
    } else if (draw < 12) {
      yield* scheduler.doing(`vmap handle ${handle}`, withObject(file, handle, pinAndUnpin))
    } else if (draw < 15) {
      const advice = random.below(2)
      const what = `ioctl MADVISE handle ${handle} ${advice === 1 ? 'DONTNEED' : 'WILLNEED'}`
      yield* scheduler.doing(what, madvisePath(file, handle, advice))
    } else yield* scheduler.doing(`ioctl GEM_CLOSE handle ${handle}`, file.handleDelete(handle))
  }
}

function create({ random }: Scheduler, file: PanfrostFile): Path<unknown> {
  if (!random.chance(4)) return createBoPath(file, PAGES * PAGE_SIZE, PANFROST_BO_NOEXEC)
  return createBoPath(file, 2 * HEAP_STEP_PAGES * PAGE_SIZE, PANFROST_BO_NOEXEC | PANFROST_BO_HEAP)
}

function* withObject(
  file: PanfrostFile,
  handle: number,
  use: (bo: PanfrostShmemObject) => Path<void>,
): Path<void> {
  const bo = yield* file.objectLookup(handle)
  if (bo instanceof PanfrostShmemObject) yield* use(bo)
  yield* bo?.putPath() ?? nothing()
}

function* pinAndUnpin(bo: PanfrostShmemObject): Path<void> {
  if (!bo.isHeap && (yield* bo.pinPath()) === 0) yield* bo.unpinPath()
}

function* nothing(): Path<void> {
  // A path of no steps.
}
