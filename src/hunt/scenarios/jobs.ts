/** Two threads submit jobs with buffers of their own, and give those away while the GPU still uses them. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../backend/panfrost-calls.js'
import { createBoPath, madvisePath } from '../../sim/drm/panfrost/panfrost-drv.js'
import type { PanfrostFile } from '../../sim/drm/panfrost/panfrost-file.js'
import { HEAP_STEP_PAGES } from '../../sim/drm/panfrost/panfrost-gem.js'
import { submitPath } from '../../sim/drm/panfrost/panfrost-submit.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import type { Scenario } from '../scenario.js'
import { closeAll } from './churn.js'
import { spawnGpu } from './gpu.js'
import { spawnKswapd } from './kswapd.js'

const OPERATIONS = 10
const DONTNEED = 1
const WILLNEED = 0

export const jobs: Scenario = {
  name: 'jobs',
  about: 'two threads submit jobs, and give buffers away that the GPU still uses, while kswapd reclaims',
  bugs: [],
  build(kernel, scheduler) {
    const file = kernel.panfrost.open()
    for (const name of ['glmark/1', 'glmark/2']) scheduler.spawn(name, () => client(scheduler, file))
    const drain = spawnGpu(kernel, scheduler, 40)
    spawnKswapd(kernel, scheduler, 24)
    return () => {
      drain()
      closeAll(kernel, file)
    }
  },
}

export function jobOf(...handles: number[]) {
  const none = { jc: 64n, requirements: 0, inSyncs: new Uint32Array(), outSync: 0, jmCtxHandle: 0 }
  return { ...none, boHandles: Uint32Array.from(handles) }
}

function* client(scheduler: Scheduler, file: PanfrostFile): Path<void> {
  const { random } = scheduler
  const own: number[] = []
  for (let i = 0; i < OPERATIONS; i++) {
    const [first, second] = [own[random.below(own.length)], own[random.below(own.length)]]
    if (first === undefined || random.chance(4)) {
      const isHeap = random.chance(4)
      const bytes = isHeap ? 2 * HEAP_STEP_PAGES * PAGE_SIZE : 4 * PAGE_SIZE
      const flags = PANFROST_BO_NOEXEC | (isHeap ? PANFROST_BO_HEAP : 0)
      const bo = yield* scheduler.doing('ioctl CREATE_BO', createBoPath(file, bytes, flags))
      if (typeof bo !== 'number') own.push(bo.handle)
    } else if (random.chance(6)) {
      own.splice(own.indexOf(first), 1)
      yield* scheduler.doing(`ioctl GEM_CLOSE handle ${first}`, file.handleDelete(first))
    } else {
      const used = first === second || second === undefined ? [first] : [first, second]
      yield* useAndGiveAway(scheduler, file, used)
    }
  }
}

/** As Mesa does: nothing is submitted that was not asked back, and kept. */
function* useAndGiveAway(scheduler: Scheduler, file: PanfrostFile, handles: number[]): Path<void> {
  const kept: number[] = []
  for (const handle of handles) {
    const what = `ioctl MADVISE handle ${handle} WILLNEED`
    if ((yield* scheduler.doing(what, madvisePath(file, handle, WILLNEED))) === 1) kept.push(handle)
  }
  yield* scheduler.doing(`ioctl SUBMIT handles ${kept.join()}`, submitPath(file, jobOf(...kept)))
  for (const handle of kept)
    yield* scheduler.doing(`ioctl MADVISE handle ${handle} DONTNEED`, madvisePath(file, handle, DONTNEED))
}
