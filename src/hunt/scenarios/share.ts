/** A process gives away a buffer that a display shows: what is shared must keep its content. */
import { PANFROST_BO_NOEXEC } from '../../backend/panfrost-calls.js'
import { handleToFd } from '../../sim/drm/drm-prime.js'
import { GemShmemObject } from '../../sim/drm/gem-shmem.js'
import { createBoPath, madvisePath } from '../../sim/drm/panfrost/panfrost-drv.js'
import type { PanfrostFile } from '../../sim/drm/panfrost/panfrost-file.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import { firstWord } from '../../sim/mm/pattern.js'
import type { SimTask } from '../../sim/process/task-struct.js'
import { Lock } from '../../sim/sched/lock.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import { KernelViolation } from '../../sim/sched/violation.js'
import type { Scenario } from '../scenario.js'
import { closeAll } from './churn.js'
import { spawnKswapd } from './kswapd.js'

const BYTES = 4 * PAGE_SIZE
const SEED = 42n

export const share: Scenario = {
  name: 'share',
  about: 'a process advises a buffer DONTNEED that it has exported, and a display goes on showing it',
  bugs: ['shared-bo-purged'],
  build(kernel, scheduler) {
    const file = kernel.panfrost.open()
    const shown: GemShmemObject[] = []
    const task = kernel.tasks.spawn('compositor', kernel.cgroups.root)
    scheduler.spawn('compositor', () => compositor(scheduler, file, task, shown))
    scheduler.spawn('display', () => display(scheduler, shown))
    spawnKswapd(kernel, scheduler, 6)
    return () => {
      for (const object of shown) object.put()
      task.files.closeAll()
      closeAll(kernel, file)
    }
  },
}

function* compositor(
  scheduler: Scheduler,
  file: PanfrostFile,
  task: SimTask,
  shown: GemShmemObject[],
): Path<void> {
  for (let i = 0; i < 3; i++) {
    const bo = yield* scheduler.doing('ioctl CREATE_BO', createBoPath(file, BYTES, PANFROST_BO_NOEXEC))
    if (typeof bo === 'number') continue
    const { handle } = bo
    const what = `ioctl PRIME_HANDLE_TO_FD handle ${handle}`
    yield* scheduler.doing(what, fillAndExport(file, task, handle, shown))
    yield* scheduler.doing(`ioctl MADVISE handle ${handle} DONTNEED`, madvisePath(file, handle, 1))
  }
}

/** The display takes over the reference of the lookup. */
function* fillAndExport(
  file: PanfrostFile,
  task: SimTask,
  handle: number,
  shown: GemShmemObject[],
): Path<void> {
  const object = yield* file.objectLookup(handle)
  if (!(object instanceof GemShmemObject)) return
  const where = 'drm_gem_prime_handle_to_fd'
  object.pages?.contents.fill(firstWord(SEED), 0, BYTES)
  yield object.device.objectNameLock.lock(where)
  handleToFd(file, task, handle, 0)
  yield object.device.objectNameLock.unlock(where)
  shown.push(object)
}

function* display(scheduler: Scheduler, shown: readonly GemShmemObject[]): Path<void> {
  const vblank = new Lock('mutex', 'vblank')
  for (let i = 0; i < 20; i++) {
    const object = shown[scheduler.random.below(shown.length)]
    if (object === undefined) yield* scheduler.doing('idle', idle(vblank))
    else yield* scheduler.doing(`scanout of ${object.label}`, scanOut(object))
  }
}

/** A lock of its own, so that others run. */
function* idle(vblank: Lock): Path<void> {
  yield vblank.lock('vblank')
  yield vblank.unlock('vblank')
}

function* scanOut(object: GemShmemObject): Path<void> {
  const { resvLock } = object
  yield resvLock.lock('scanout')
  const intact = object.pages?.contents.countMatching(firstWord(SEED), 0, BYTES) === BYTES
  if (!intact)
    throw new KernelViolation('purged-in-use', `${object.label} is shared, and its content is gone`)
  yield resvLock.unlock('scanout')
}
