/** What a process wrote into a buffer must be there when it looks again, for as long as the buffer can be touched. */
import type { GemShmemObject } from '../../sim/drm/gem-shmem.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import { firstWord } from '../../sim/mm/pattern.js'
import type { SimTask } from '../../sim/process/task-struct.js'
import type { Path } from '../../sim/sched/path.js'
import { KernelViolation } from '../../sim/sched/violation.js'

const SEED = 42n

/** Maps the buffer, touches all of it, and unmaps it. `written` are those that were filled before. */
export function* touchAndCheck(object: GemShmemObject, task: SimTask, written: WeakSet<object>): Path<void> {
  const bytes = object.sizePages * PAGE_SIZE
  const vma = yield* object.mmapPath(task, bytes, false)
  if (typeof vma === 'number') return
  if ((yield* vma.faultPath(0, object.sizePages)) === object.sizePages) {
    // Nobody comes between a load and its page table entry; when that is gone by now, it would fault again.
    const { contents } = vma
    if (vma.isPopulated && contents === null)
      throw new KernelViolation(
        'purged-in-use',
        `${object.label}: the CPU reaches pages that were given back`,
      )
    if (vma.isPopulated && contents !== null) {
      if (!written.has(object)) contents.fill(firstWord(SEED), 0, bytes)
      written.add(object)
      const isIntact = contents.countMatching(firstWord(SEED), 0, bytes) === bytes
      if (!isIntact) throw new KernelViolation('content-lost', `${object.label} lost what was written`)
    }
  }
  yield* vma.unmapPath()
}
