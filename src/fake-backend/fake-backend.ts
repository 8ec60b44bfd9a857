/** The simulated kernel behind the interface of the real one: what one of its processes sees. */
import type { Backend } from '../backend/backend.js'
import type { Kernel } from '../sim/kernel.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { absentMsm, absentVc4 } from './absent-drivers.js'
import { CallsContext, type WakeAt } from './calls-context.js'
import { absentIoctl } from './absent-ioctl.js'
import { fakeBatchCalls } from './fake-batch-calls.js'
import { fakeBlockingCalls } from './fake-blocking-calls.js'
import { fakeDmaHeapCalls } from './fake-dma-heap-calls.js'
import { fakeDrmCalls } from './fake-drm-calls.js'
import { fakeDmaBufCalls, fakeFdinfoCalls, fakeSyncFileCalls } from './fake-file-calls.js'
import { fakeI915Calls } from './fake-i915-calls.js'
import { fakeMemoryCalls } from './fake-memory-calls.js'
import { fakePanfrostCalls } from './fake-panfrost-calls.js'
import { fakePanthorCalls } from './fake-panthor-calls.js'
import { fakeProgramCalls } from './fake-program-calls.js'
import { fakeSyncobjCalls } from './fake-syncobj-calls.js'
import { fakeUdmabufCalls } from './fake-udmabuf-calls.js'
import { fakeVgemCalls } from './fake-vgem-calls.js'

/**
 * A backend for the process `task` of `kernel`. Besides what the interface says, every call throws TaskKilled once the
 * process got SIGKILL (from the OOM killer, say): on a real machine its code would run no further.
 *
 * A mapping that is lost is not unmapped by the garbage collector, whose timing would not be the same in every run: it
 * stays until its process ends.
 *
 * `wakeAt` lets waits of `blocking` take the machine's time; without it they take the process's own.
 */
export function createFakeBackend(kernel: Kernel, task: SimTask, wakeAt?: WakeAt): Backend {
  const context = new CallsContext(kernel, task, wakeAt)
  const absent = absentIoctl(kernel, task)
  const groups = {
    drm: fakeDrmCalls(context),
    syncobj: fakeSyncobjCalls(context),
    panfrost: fakePanfrostCalls(context),
    panthor: fakePanthorCalls(context),
    i915: fakeI915Calls(context),
    msm: absentMsm(absent),
    vc4: absentVc4(absent),
    vgem: fakeVgemCalls(context),
    dmaHeap: fakeDmaHeapCalls(kernel, task),
    dmaBuf: fakeDmaBufCalls(context),
  }
  const memory = fakeMemoryCalls(kernel, task)
  return {
    kind: 'fake',
    ...groups,
    syncFile: fakeSyncFileCalls(context),
    udmabuf: fakeUdmabufCalls(context),
    fdinfo: fakeFdinfoCalls(context),
    memory,
    batch: fakeBatchCalls(groups),
    blocking: fakeBlockingCalls(context, groups),
    program: fakeProgramCalls(context, { ...groups, memory }),
  }
}
