/**
 * A driver that maps its objects for the device late, as Panthor does with its VM binds: until then only CPU mappings
 * use their pages, and the generic shrinker evicts them all the same.
 */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import { reclaimable } from '../../sim/drm/gem-shmem-reclaim.js'
import { GemShmemShrinker } from '../../sim/drm/gem-shmem-shrinker.js'
import { GemShmemObject } from '../../sim/drm/gem-shmem.js'
import type { Kernel } from '../../sim/kernel.js'
import type { SimTask } from '../../sim/process/task-struct.js'
import type { Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import type { Scenario } from '../scenario.js'
import { touchAndCheck } from './contents.js'
import { spawnKswapd } from './kswapd.js'

export const cpuObjects: Scenario = {
  name: 'cpu-objects',
  about: 'two threads touch, bind, pin and free objects that have no sg table yet, while kswapd evicts them',
  bugs: ['evict-null-sgt'],
  options: { failOneIn: 12 },
  kernel: { swap: { bytes: 64 << 20 } },
  build(kernel, scheduler) {
    const shrinker = new GemShmemShrinker(kernel.panfrost, 'late', { evictWithoutSgt: true })
    kernel.steppedShrinkers.push(shrinker)
    const task = kernel.tasks.spawn('glmark', kernel.cgroups.root)
    const shared: SharedObjects = { objects: [], written: new WeakSet() }
    for (const name of ['glmark/1', 'glmark/2'])
      scheduler.spawn(name, () => client(kernel, scheduler, shrinker, task, shared))
    spawnKswapd(kernel, scheduler, 16)
    return () => {
      for (const object of shared.objects.splice(0)) object.put()
      if (kernel.panfrost.objects.size > 0)
        throw new Error(`${kernel.panfrost.objects.size} objects are left`)
    }
  },
}

interface SharedObjects {
  readonly objects: LateObject[]
  readonly written: WeakSet<object>
}

class LateObject extends reclaimable(GemShmemObject) {
  override readonly shmemShrinker: GemShmemShrinker

  constructor(kernel: Kernel, shrinker: GemShmemShrinker) {
    super(kernel.panfrost, 4)
    this.shmemShrinker = shrinker
  }

  override *evict(): Path<NegativeErrno | 0> {
    if (this.isPurgeable) yield* this.purgeLocked()
    else if (this.isEvictable) yield* this.evictLocked()
    else return -ERRNO.EBUSY
    return 0
  }

  *advise(advice: number): Path<void> {
    const where = 'drm_gem_shmem_madvise'
    yield this.resvLock.lock(where)
    yield* this.madviseLocked(advice)
    yield this.resvLock.unlock(where)
  }
}

function* client(
  kernel: Kernel,
  scheduler: Scheduler,
  shrinker: GemShmemShrinker,
  task: SimTask,
  { objects, written }: SharedObjects,
): Path<void> {
  const { random } = scheduler
  for (let i = 0; i < 16; i++) {
    const object = objects[random.below(objects.length)]
    if (object === undefined || (objects.length < 4 && random.chance(3))) {
      objects.push(new LateObject(kernel, shrinker))
      continue
    }
    const draw = random.below(12)
    if (draw === 0) {
      objects.splice(objects.indexOf(object), 1)
      yield* scheduler.doing(`frees ${object.label}`, object.putPath())
      continue
    }
    object.get()
    if (draw < 6) yield* scheduler.doing(`touches ${object.label}`, touchAndCheck(object, task, written))
    else if (draw < 8) yield* scheduler.doing(`binds ${object.label}`, object.getPagesSgt())
    else if (draw < 10) yield* scheduler.doing(`advises ${object.label}`, object.advise(random.below(2)))
    else if ((yield* scheduler.doing(`pins ${object.label}`, object.pinPath())) === 0)
      yield* scheduler.doing(`unpins ${object.label}`, object.unpinPath())
    yield* scheduler.doing(`puts ${object.label}`, object.putPath())
  }
}
