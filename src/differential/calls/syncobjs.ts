/**
 * Syncobjs and sync files whose fences are signalled already, or not there: nothing waits. Timelines only where the
 * driver has none, as no simulated one has.
 */
import {
  ANY_FILE,
  FILE,
  OTHER_SYNC_FILE,
  SYNCOBJ,
  SYNC_FILE,
  THROUGH,
  aboutSyncobj,
  fdThrough,
  needing,
  oneOf,
  type CallKind,
} from '../call-kind.js'

export const SYNCOBJ_CALLS: readonly CallKind[] = [
  {
    name: 'SYNCOBJ_CREATE',
    weight: 5,
    args: [ANY_FILE, SYNCOBJ, oneOf('flags', [0, 0, 1, 2])],
    perform(machine, file, place, flags) {
      const answer = machine.backend.syncobj.create(machine.fd(file), flags)
      if (typeof answer === 'number') return answer
      machine.putSyncobj(place, { file, handle: answer.handle })
      return answer.handle
    },
  },
  aboutSyncobj('SYNCOBJ_DESTROY', 2, ({ syncobj }, fd, handle) => syncobj.destroy(fd, handle)),
  aboutSyncobj('SYNCOBJ_SIGNAL', 3, ({ syncobj }, fd, handle) => syncobj.signal(fd, Uint32Array.of(handle))),
  aboutSyncobj('SYNCOBJ_RESET', 2, ({ syncobj }, fd, handle) => syncobj.reset(fd, Uint32Array.of(handle))),
  ...needing('panfrost', [
    aboutSyncobj('SYNCOBJ_TIMELINE_SIGNAL', 1, ({ syncobj }, fd, handle) =>
      syncobj.timelineSignal(fd, Uint32Array.of(handle), BigUint64Array.of(1n)),
    ),
    aboutSyncobj('SYNCOBJ_QUERY', 1, ({ syncobj }, fd, handle) => {
      const points = syncobj.query(fd, Uint32Array.of(handle), 0)
      return typeof points === 'number' ? points : points.join()
    }),
  ]),
  {
    name: 'SYNCOBJ_WAIT',
    weight: 3,
    args: [THROUGH, SYNCOBJ, oneOf('flags', [0, 1, 2, 3, 8])],
    perform(machine, through, place, flags) {
      const { file, handle } = machine.syncobj(place)
      const fd = fdThrough(machine, through, file)
      const answer = machine.backend.syncobj.wait(fd, Uint32Array.of(handle), 0n, flags)
      return typeof answer === 'number' ? answer : `the first is ${answer.firstSignaled}`
    },
  },
  {
    name: 'SYNCOBJ_HANDLE_TO_FD and FD_TO_HANDLE',
    weight: 2,
    args: [THROUGH, SYNCOBJ, FILE, { ...SYNCOBJ, name: 'into syncobj' }],
    perform(machine, through, place, file, into) {
      const { syncobj, syncFile } = machine.backend
      const from = machine.syncobj(place)
      const fd = syncobj.handleToFd(fdThrough(machine, through, from.file), from.handle)
      if (fd < 0) return fd
      const answer = syncobj.fdToHandle(machine.fd(file), fd)
      syncFile.close(fd)
      if (typeof answer === 'number') return `an fd: ${answer}`
      machine.putSyncobj(into, { file, handle: answer.handle })
      return answer.handle
    },
  },
  {
    name: 'SYNCOBJ_HANDLE_TO_FD of its fence',
    weight: 3,
    args: [THROUGH, SYNCOBJ, SYNC_FILE],
    perform(machine, through, place, syncFile) {
      const { file, handle } = machine.syncobj(place)
      const fd = machine.backend.syncobj.exportSyncFile(fdThrough(machine, through, file), handle)
      return machine.putSyncFile(syncFile, fd)
    },
  },
  {
    name: 'SYNCOBJ_FD_TO_HANDLE of a fence',
    weight: 2,
    args: [THROUGH, SYNCOBJ, SYNC_FILE],
    perform(machine, through, place, syncFile) {
      const { file, handle } = machine.syncobj(place)
      const fd = fdThrough(machine, through, file)
      return machine.backend.syncobj.importSyncFile(fd, handle, machine.syncFile(syncFile))
    },
  },
  {
    name: 'SYNC_IOC_FILE_INFO',
    weight: 2,
    args: [SYNC_FILE],
    perform(machine, place) {
      const info = machine.backend.syncFile.info(machine.syncFile(place))
      return typeof info === 'number' ? info : `status ${info.status}, ${info.fenceCount} fences`
    },
  },
  {
    name: 'SYNC_IOC_MERGE',
    weight: 2,
    args: [SYNC_FILE, OTHER_SYNC_FILE, { ...SYNC_FILE, name: 'into sync file' }],
    perform(machine, place, other, into) {
      const [first, second] = [machine.syncFile(place), machine.syncFile(other)]
      return machine.putSyncFile(into, machine.backend.syncFile.merge(first, second, 'both'))
    },
  },
  {
    name: 'close of a sync file',
    weight: 1,
    args: [SYNC_FILE],
    perform: (machine, place) => machine.closeSyncFile(place),
  },
]
