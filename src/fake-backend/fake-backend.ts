/** The simulated kernel behind the interface of the real one: what one of its processes sees. */
import type { Backend } from '../backend/backend.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import {
  absentI915,
  absentMsm,
  absentPanthor,
  absentSyncobj,
  absentVc4,
  absentVgem,
} from './absent-drivers.js'
import { absentIoctl } from './absent-ioctl.js'
import { fakeBatchCalls } from './fake-batch-calls.js'
import { fakeBlockingCalls } from './fake-blocking-calls.js'
import { fakeDmaHeapCalls } from './fake-dma-heap-calls.js'
import { fakeDrmCalls } from './fake-drm-calls.js'
import { fakeDmaBufCalls, fakeFdinfoCalls, fakeSyncFileCalls, fakeUdmabufCalls } from './fake-file-calls.js'
import { fakeMemoryCalls } from './fake-memory-calls.js'
import { fakePanfrostCalls } from './fake-panfrost-calls.js'
import { fakeProgramCalls } from './fake-program-calls.js'

/**
 * A backend for the process `task` of `kernel`. Besides what the interface says, every call throws TaskKilled once the
 * process got SIGKILL (from the OOM killer, say): on a real machine its code would run no further.
 *
 * A mapping that is lost is not unmapped by the garbage collector, whose timing would not be the same in every run: it
 * stays until its process ends.
 */
export function createFakeBackend(kernel: Kernel, task: SimTask): Backend {
  const absent = absentIoctl(kernel, task)
  const groups = {
    drm: fakeDrmCalls(kernel, task, absent),
    syncobj: absentSyncobj(absent),
    panfrost: fakePanfrostCalls(kernel, task, absent),
    panthor: absentPanthor(absent),
    i915: absentI915(absent),
    msm: absentMsm(absent),
    vc4: absentVc4(absent),
    vgem: absentVgem(absent),
    dmaHeap: fakeDmaHeapCalls(kernel, task),
    dmaBuf: fakeDmaBufCalls(kernel, task, absent),
  }
  return {
    kind: 'fake',
    ...groups,
    syncFile: fakeSyncFileCalls(kernel, task, absent),
    udmabuf: fakeUdmabufCalls(kernel, task, absent),
    fdinfo: fakeFdinfoCalls(kernel, task),
    memory: fakeMemoryCalls(kernel, task),
    batch: fakeBatchCalls(groups),
    blocking: fakeBlockingCalls(kernel, groups),
    program: fakeProgramCalls(),
  }
}
