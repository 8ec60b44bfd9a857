/** Panfrost's ioctls on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { PanfrostCalls, PanfrostJob } from '../backend/panfrost-calls.js'
import { COST_NS } from '../sim/costs.js'
import * as panfrost from '../sim/drm/panfrost/panfrost-drv.js'
import { PanfrostFile } from '../sim/drm/panfrost/panfrost-file.js'
import { queryBoInfo, setLabelBo, syncBo } from '../sim/drm/panfrost/panfrost-bo-info.js'
import { jmCtxCreate, jmCtxDestroy, submit, waitBo } from '../sim/drm/panfrost/panfrost-submit.js'
import { DrmFile } from '../sim/drm/drm-file.js'
import type { SimFile } from '../sim/process/file.js'
import { checkFd, checkInt64, checkString, checkUint32, checkUint32Array, checkUint64 } from './arguments.js'
import { deadlineOf, type Blocking, type CallsContext } from './calls-context.js'

export function fakePanfrostCalls(context: CallsContext): PanfrostCalls {
  const ioctl = <T>(fd: number, call: (file: PanfrostFile) => T | number) =>
    context.withFile(fd, COST_NS.ioctl, (file) =>
      file instanceof PanfrostFile ? call(file) : unknownRequest(file),
    )
  return {
    getParam(fd, param) {
      checkFd(fd)
      checkUint32('param', param)
      return ioctl(fd, (file) => panfrost.getParam(file, param))
    },
    createBo(fd, sizeBytes, flags) {
      checkFd(fd)
      checkUint32('sizeBytes', sizeBytes)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => panfrost.createBo(file, sizeBytes, flags))
    },
    mmapBo(fd, handle, flags) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkUint32('flags', flags)
      return ioctl(fd, (file) => panfrost.mmapBo(file, handle, flags))
    },
    madvise(fd, handle, advice) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkUint32('advice', advice)
      return ioctl(fd, (file) => panfrost.madvise(file, handle, advice))
    },
    submit(fd, job) {
      checkFd(fd)
      checkJob(job)
      return ioctl(fd, (file) => submit(file, job))
    },
    waitBo(fd, handle, timeoutNs) {
      checkFd(fd)
      checkUint32('handle', handle)
      checkInt64('timeoutNs', timeoutNs)
      return ioctl(fd, () => context.wait(panfrostWait(context, fd, handle, timeoutNs)))
    },
    getBoOffset(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => panfrost.getBoOffset(file, handle))
    },
    setLabelBo(fd, handle, label) {
      checkUint32('handle', handle)
      if (label !== null) checkString('label', label)
      return ioctl(fd, (file) => setLabelBo(file, handle, label))
    },
    jmCtxCreate(fd, priority) {
      checkUint32('priority', priority)
      return ioctl(fd, (file) => jmCtxCreate(file, priority))
    },
    jmCtxDestroy(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => jmCtxDestroy(file, handle))
    },
    syncBo(fd, operations) {
      for (const { handle, type, offset, sizeBytes } of operations) {
        for (const [name, value] of Object.entries({ handle, type, offset, sizeBytes }))
          checkUint32(name, value)
      }
      return ioctl(fd, (file) => syncBo(file, operations))
    },
    queryBoInfo(fd, handle) {
      checkUint32('handle', handle)
      return ioctl(fd, (file) => queryBoInfo(file, handle))
    },
  }
}

/** WAIT_BO inside a system call of its process: what it waits for. A time that is past already is EBUSY. */
export function panfrostWait(
  { kernel, task }: CallsContext,
  fd: number,
  handle: number,
  timeoutNs: bigint,
): Blocking {
  const file = task.files.get(fd)
  if (file === undefined) return -ERRNO.EBADF
  if (!(file instanceof PanfrostFile)) return unknownRequest(file)
  const wait = waitBo(file, handle)
  if (typeof wait === 'number') return wait
  const deadlineNs = deadlineOf(timeoutNs)
  return { wait, deadlineNs, late: deadlineNs <= kernel.taskNowNs() ? -ERRNO.EBUSY : -ERRNO.ETIMEDOUT }
}

function checkJob(job: PanfrostJob): void {
  checkUint64('jc', job.jc)
  checkUint32('requirements', job.requirements)
  checkUint32Array('inSyncs', job.inSyncs)
  checkUint32('outSync', job.outSync)
  checkUint32Array('boHandles', job.boHandles)
  checkUint32('jmCtxHandle', job.jmCtxHandle)
}

/** Another driver's node does not know Panfrost's requests. */
function unknownRequest(file: SimFile): number {
  return file instanceof DrmFile ? -ERRNO.EINVAL : file.unknownIoctl()
}
