/** The simulated kernel behind the interface of the real one: what one of its processes sees. */
import type { Backend } from '../backend/backend.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { fakeDmaHeapCalls } from './fake-dma-heap-calls.js'
import { fakeDrmCalls } from './fake-drm-calls.js'
import { fakeMemoryCalls } from './fake-memory-calls.js'
import { fakePanfrostCalls } from './fake-panfrost-calls.js'

/**
 * A backend for the process `task` of `kernel`. Besides what the interface says, every call throws TaskKilled once the
 * process got SIGKILL (from the OOM killer, say): on a real machine its code would run no further.
 *
 * A mapping that is lost is not unmapped by the garbage collector, whose timing would not be the same in every run: it
 * stays until its process ends.
 */
export function createFakeBackend(kernel: Kernel, task: SimTask): Backend {
  return {
    kind: 'fake',
    drm: fakeDrmCalls(kernel, task),
    panfrost: fakePanfrostCalls(kernel, task),
    dmaHeap: fakeDmaHeapCalls(kernel, task),
    memory: fakeMemoryCalls(kernel, task),
  }
}
