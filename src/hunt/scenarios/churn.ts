/** Two threads of a process make, advise, map and close buffers of one open file, by handles that they guess. */
import { PANFROST_BO_NOEXEC } from '../../backend/panfrost-calls.js'
import { GemShmemObject } from '../../sim/drm/gem-shmem.js'
import { createBoPath, madvisePath } from '../../sim/drm/panfrost/panfrost-drv.js'
import type { PanfrostFile } from '../../sim/drm/panfrost/panfrost-file.js'
import type { Kernel } from '../../sim/kernel.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import type { SimTask } from '../../sim/process/task-struct.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import type { Scenario } from '../scenario.js'
import { spawnKswapd } from './kswapd.js'

const OPERATIONS = 14
const HANDLES = 5
const PAGES = 4

export const churn: Scenario = {
  name: 'churn',
  about: 'two threads make, advise, map and close buffers by guessed handles, while kswapd reclaims',
  bugs: [
    'double-dontneed',
    'purge-against-free',
    'madvise-shrinker-abba',
    'handle-guess',
    'shmem-private-mapping',
  ],
  build(kernel, scheduler) {
    const file = kernel.panfrost.open()
    const task = kernel.tasks.spawn('glmark', kernel.cgroups.root)
    for (const name of ['glmark/1', 'glmark/2']) scheduler.spawn(name, () => actor(scheduler, file, task))
    spawnKswapd(kernel, scheduler, 8)
    return () => closeAll(kernel, file)
  },
}

export function closeAll(kernel: Kernel, file: PanfrostFile): void {
  file.put()
  if (kernel.panfrost.objects.size > 0) throw new Error(`${kernel.panfrost.objects.size} buffers are left`)
}

function* actor(scheduler: Scheduler, file: PanfrostFile, task: SimTask): Path<void> {
  const { random } = scheduler
  for (let i = 0; i < OPERATIONS; i++) {
    const handle = 1 + random.below(HANDLES)
    const draw = random.below(10)
    if (draw < 3) {
      yield* scheduler.doing('ioctl CREATE_BO', createBoPath(file, PAGES * PAGE_SIZE, PANFROST_BO_NOEXEC))
    } else if (draw < 7) {
      const advice = random.chance(4) ? 0 : 1
      const what = `ioctl MADVISE handle ${handle} ${advice === 1 ? 'DONTNEED' : 'WILLNEED'}`
      yield* scheduler.doing(what, madvisePath(file, handle, advice))
    } else if (draw < 9) {
      yield* scheduler.doing(`ioctl GEM_CLOSE handle ${handle}`, file.handleDelete(handle))
    } else {
      const isPrivate = random.chance(2)
      const what = `mmap handle ${handle}${isPrivate ? ' MAP_PRIVATE' : ''}, touch, munmap`
      yield* scheduler.doing(what, mapAndTouch(file, task, handle, isPrivate))
    }
  }
}

function* mapAndTouch(file: PanfrostFile, task: SimTask, handle: number, isPrivate: boolean): Path<void> {
  const object = yield* file.objectLookup(handle)
  if (!(object instanceof GemShmemObject)) return
  const vma = yield* object.mmapPath(task, PAGES * PAGE_SIZE, isPrivate)
  if (typeof vma !== 'number') {
    yield* vma.faultPath(0, PAGES)
    yield* vma.unmapPath()
  }
  yield* object.putPath()
}
