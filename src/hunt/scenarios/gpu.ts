/** The threads that run what SUBMIT handed over: the GPU with its interrupts, and the worker that frees jobs later. */
import type { Kernel } from '../../sim/kernel.js'
import { finish, releaseUses } from '../../sim/drm/panfrost/panfrost-job.js'
import type { Job } from '../../sim/drm/panfrost/panfrost-jm-ctx.js'
import { mapFaultAddr } from '../../sim/drm/panfrost/panfrost-mmu.js'
import { HEAP_STEP_PAGES } from '../../sim/drm/panfrost/panfrost-gem.js'
import { isActive, type GemMapping } from '../../sim/drm/panfrost/panfrost-gem-mapping.js'
import { Lock } from '../../sim/sched/lock.js'
import { runToCompletion, type Path } from '../../sim/sched/path.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'
import { KernelViolation } from '../../sim/sched/violation.js'

/** What it answers runs when all threads are through: the jobs that are left. */
export function spawnGpu(kernel: Kernel, scheduler: Scheduler, rounds: number): () => void {
  const { jobs } = kernel.panfrost
  const done: Job[] = []
  const clock = new Lock('mutex', 'clock')
  scheduler.spawn('gpu', function* () {
    for (let i = 0; i < rounds; i++) {
      const job = jobs.stepped.shift()
      if (job === undefined) yield* scheduler.doing('idle', tick(clock))
      else {
        yield* scheduler.doing('runs a job', execute(job, scheduler, clock))
        done.push(job)
      }
    }
  })
  scheduler.spawn('kworker/drm_sched', function* () {
    for (let i = 0; i < rounds; i++) {
      const job = done.shift()
      const work = job === undefined ? tick(clock) : releaseUses(job.uses)
      yield* scheduler.doing(job === undefined ? 'idle' : 'frees a job', work)
    }
  })
  return () => {
    for (const job of jobs.stepped.splice(0)) {
      job.fence.setSignal(0)
      finish(job)
      done.push(job)
    }
    for (const job of done.splice(0)) runToCompletion(releaseUses(job.uses))
  }
}

/** Uses each buffer of the job twice, then signals its fence. */
function* execute(job: Job, scheduler: Scheduler, clock: Lock): Path<void> {
  for (const mapping of [...job.uses.mappings, ...job.uses.mappings]) {
    if (mapping.bo.isHeap && mapping.openFile !== null) {
      const step = scheduler.random.below(mapping.bo.sizePages / HEAP_STEP_PAGES)
      yield* mapFaultAddr(mapping.openFile, mapping.startPage + step * HEAP_STEP_PAGES)
    } else reach(mapping)
    yield* tick(clock)
  }
  job.fence.setSignal(0)
  finish(job)
}

function reach(mapping: GemMapping): void {
  const { bo } = mapping
  if (isActive(mapping) && bo.pages !== null && bo.madv >= 0) return
  throw new KernelViolation('purged-in-use', `the GPU uses ${bo.label}, and its pages were given back`)
}

/** Time passes: others run. */
function* tick(clock: Lock): Path<void> {
  yield clock.lock('tick')
  yield clock.unlock('tick')
}
