/** What a fault of the GPU in a heap buffer comes to: panfrost_mmu_map_fault_addr(), panfrost_mmu.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { mayAllocate } from '../../sched/allocation.js'
import type { Path } from '../../sched/path.js'
import type { PanfrostFile } from './panfrost-file.js'
import { HEAP_STEP_PAGES, type PanfrostGemObject } from './panfrost-gem.js'

const WHERE = 'panfrost_mmu_map_fault_addr'

/**
 * Maps the 2 MiB of the heap around that page of the GPU's addresses. ENOENT: no heap is there. ENOMEM. Pages are
 * counted, not placed: a step that fails half-way goes on where it was, while the driver takes it for mapped.
 */
export function* mapFaultAddr(file: PanfrostFile, page: number): Path<NegativeErrno | 0> {
  const bo = yield* heapAt(file, page)
  if (bo === undefined) return -ERRNO.ENOENT
  yield bo.resvLock.lock(WHERE)
  const result = yield* mapStep(bo, Math.floor(page / HEAP_STEP_PAGES))
  if (result !== 0 && bo.pages !== null && bo.device.kernel.bugs.has('heap-fault-put-pages')) bo.putPages()
  yield bo.resvLock.unlock(WHERE)
  yield* bo.putPath()
  return result
}

/** addr_to_mapping(): the heap, with a reference. */
function* heapAt(file: PanfrostFile, page: number): Path<PanfrostGemObject | undefined> {
  yield file.mmLock.lock('addr_to_mapping')
  let found: PanfrostGemObject | undefined
  for (const [startPage, bo] of file.heaps) {
    if (page >= startPage && page < startPage + bo.sizePages) found = bo
  }
  found?.get()
  yield file.mmLock.unlock('addr_to_mapping')
  return found
}

function* mapStep(bo: PanfrostGemObject, step: number): Path<NegativeErrno | 0> {
  const { kernel } = bo.device
  if (bo.pages === null) {
    if (!(yield* mayAllocate(kernel, WHERE))) return -ERRNO.ENOMEM
    bo.pages = bo.file.getPages(0)
    bo.pagesUseCount = 1
    bo.heapUsesPages = true
  }
  if (bo.heapSteps.has(step)) return 0
  const wanted = (bo.heapSteps.size + 1) * HEAP_STEP_PAGES
  if (!(yield* mayAllocate(kernel, WHERE)) || bo.file.getPages(wanted) === null) return -ERRNO.ENOMEM
  bo.heapSteps.add(step)
  return 0
}
