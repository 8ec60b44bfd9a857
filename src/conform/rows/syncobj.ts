/** Rows: synchronization objects of the Panfrost device. drivers/gpu/drm/drm_syncobj.c (6.12). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const SIGNALED = 1
const ALL = 1
const FOR_SUBMIT = 2
const DEADLINE = 8
const NO_HANDLE = 77
const NONE = new Uint32Array()

const made = (t: Trial, flags = 0, fd = t.fd) => t.must(t.backend.syncobj.create(fd, flags)).handle
const list = (...handles: number[]) => Uint32Array.from(handles)
/** The index, or the refusal. */
const wait = (t: Trial, handles: Uint32Array, flags = 0, timeoutNs = 0n) => {
  const outcome = t.backend.syncobj.wait(t.fd, handles, timeoutNs, flags)
  return typeof outcome === 'number' ? t.answer(outcome) : outcome.firstSignaled
}

const destroyZero = (t: Trial) => [made(t), t.answer(t.backend.syncobj.destroy(t.fd, 0)), made(t)]

export const SYNCOBJ_ROWS = group(
  'syncobj',
  { source: 'drivers/gpu/drm/drm_syncobj.c (6.12)', needs: ['panfrost', 'syncobj'] },
  [
    {
      id: 'handles',
      name: 'handles count from 1, belong to their file, and are apart from those of buffers',
      run: (t) => [made(t), made(t), t.bo(), made(t, 0, t.open())],
      expected: [1, 2, 1, 1],
    },
    {
      id: 'create-flags',
      name: 'CREATE takes SIGNALED and no other flag',
      run: (t) => [SIGNALED, 2, 0x8000_0000].map((flags) => t.answer(t.backend.syncobj.create(t.fd, flags))),
      expected: ['object', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'destroy',
      name: 'DESTROY of a handle that is not there (any more) is EINVAL',
      run: (t) => {
        const handle = made(t)
        return [handle, handle, 0, NO_HANDLE].map((each) => t.answer(t.backend.syncobj.destroy(t.fd, each)))
      },
      expected: [0, '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'destroy-zero',
      name: 'handle 0 is none, also when it was destroyed',
      holds: { kernel: { before: '7.2' }, why: 'Linux 7.2 gives it out then' },
      run: destroyZero,
      expected: [1, '-EINVAL', 2],
    },
    {
      id: 'destroy-zero-gives-it-out',
      name: 'DESTROY of handle 0, which is none, makes it the next one',
      source: 'drivers/gpu/drm/drm_syncobj.c, lib/xarray.c (7.2)',
      holds: { kernel: { from: '7.2' }, why: 'before Linux 7.2 handles are in an IDR' },
      run: destroyZero,
      expected: [1, '-EINVAL', 0],
    },
    {
      id: 'destroy-zero-for-good',
      name: 'handle 0 that was made one stays one, also after all handles were destroyed',
      source: 'lib/xarray.c xas_delete_node() (7.2)',
      holds: { kernel: { from: '7.2' }, why: 'before Linux 7.2 handles are in an IDR' },
      run: (t) => {
        const destroy = (handle: number) => t.answer(t.backend.syncobj.destroy(t.fd, handle))
        const ofNone = [destroy(0), made(t)]
        return [...ofNone, destroy(0), destroy(1), made(t), destroy(0), made(t), made(t)]
      },
      expected: ['-EINVAL', 1, '-EINVAL', 0, 0, 0, 0, 1],
    },
    {
      id: 'wait-unsubmitted',
      name: 'WAIT for an object without a fence is EINVAL, and ETIME when it may still come',
      source: 'IGT syncobj_wait unsubmitted',
      run: (t) => [wait(t, list(made(t))), wait(t, list(made(t)), FOR_SUBMIT)],
      expected: ['-EINVAL', '-ETIME'],
    },
    {
      id: 'wait-signaled',
      name: 'WAIT for an object that is signalled is done at once',
      run: (t) => {
        const handle = made(t, SIGNALED)
        return [0, ALL, FOR_SUBMIT, ALL | FOR_SUBMIT].map((flags) => wait(t, list(handle), flags))
      },
      expected: [0, 0, 0, 0],
    },
    {
      id: 'wait-first',
      name: 'WAIT for any tells which was signalled; for all it waits for the other as well',
      run: (t) => {
        const handles = list(made(t), made(t), made(t, SIGNALED))
        return [wait(t, handles, FOR_SUBMIT), wait(t, handles, FOR_SUBMIT | ALL)]
      },
      expected: [2, '-ETIME'],
    },
    {
      id: 'wait-refused',
      name: 'WAIT with unknown flags is EINVAL, for an unknown handle ENOENT',
      run: (t) => [wait(t, list(made(t, SIGNALED)), 64), wait(t, list(NO_HANDLE))],
      expected: ['-EINVAL', '-ENOENT'],
    },
    {
      id: 'wait-deadline',
      name: 'WAIT takes a deadline as a hint',
      holds: { kernel: { from: '6.6' }, why: 'deadlines came with Linux 6.6' },
      run: (t) => wait(t, list(made(t, SIGNALED)), DEADLINE),
      expected: 0,
    },
    {
      id: 'wait-deadline-unknown',
      name: 'WAIT with the flag of a deadline is EINVAL on older kernels',
      holds: { kernel: { before: '6.6' }, why: 'deadlines came with Linux 6.6' },
      run: (t) => wait(t, list(made(t, SIGNALED)), DEADLINE),
      expected: '-EINVAL',
    },
    {
      id: 'wait-for-none',
      name: 'WAIT for none is done',
      holds: { kernel: { from: '6.12' }, why: 'Linux 6.1 refuses it' },
      run: (t) => wait(t, NONE),
      expected: 0,
    },
    {
      id: 'wait-for-none-refused',
      name: 'WAIT for none is EINVAL on older kernels',
      holds: { kernel: { before: '6.2' }, why: 'Linux 6.12 has nothing against it' },
      run: (t) => wait(t, NONE),
      expected: '-EINVAL',
    },
    {
      id: 'signal-and-reset',
      name: 'SIGNAL gives a signalled fence, RESET takes it',
      run: (t) => {
        const handle = made(t)
        const handles = list(handle)
        const signalled = t.backend.syncobj.signal(t.fd, handles)
        const first = wait(t, handles)
        const reset = t.backend.syncobj.reset(t.fd, handles)
        return [signalled, first, reset, wait(t, handles)]
      },
      expected: [0, 0, 0, '-EINVAL'],
    },
    {
      id: 'signal-refused',
      name: 'SIGNAL and RESET of none are EINVAL, of an unknown handle ENOENT',
      run: (t) => {
        const { syncobj } = t.backend
        return [NONE, list(NO_HANDLE), list(made(t), NO_HANDLE)].flatMap((handles) => [
          t.answer(syncobj.signal(t.fd, handles)),
          t.answer(syncobj.reset(t.fd, handles)),
        ])
      },
      expected: ['-EINVAL', '-EINVAL', '-ENOENT', '-ENOENT', '-ENOENT', '-ENOENT'],
    },
    {
      id: 'descriptor',
      name: 'a descriptor carries the object itself to another file',
      run: (t) => {
        const { syncobj } = t.backend
        const handle = made(t)
        const fd = t.keepFd(syncobj.handleToFd(t.fd, handle))
        const other = t.open()
        const imported = t.must(syncobj.fdToHandle(other, fd)).handle
        syncobj.signal(other, list(imported))
        return wait(t, list(handle))
      },
      expected: 0,
    },
    {
      id: 'descriptor-refused',
      name: 'HANDLE_TO_FD of an unknown handle and FD_TO_HANDLE of something else are refused',
      run: (t) => {
        const { syncobj } = t.backend
        return [
          t.answer(syncobj.handleToFd(t.fd, NO_HANDLE)),
          t.answer(syncobj.fdToHandle(t.fd, t.fd)),
          t.answer(syncobj.fdToHandle(t.fd, 999_999)),
        ]
      },
      expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'sync-file',
      name: 'a sync file takes the fence to another object',
      run: (t) => {
        const { syncobj, syncFile } = t.backend
        const [from, to] = [made(t, SIGNALED), made(t)]
        const file = t.keepFd(syncobj.exportSyncFile(t.fd, from))
        const { status } = t.must(syncFile.info(file))
        return [status, t.answer(syncobj.importSyncFile(t.fd, to, file)), wait(t, list(to))]
      },
      expected: [1, 0, 0],
    },
    {
      id: 'sync-file-refused',
      name: 'an object without a fence has no sync file, and only a sync file is taken',
      run: (t) => {
        const { syncobj } = t.backend
        const handle = made(t)
        return [
          t.answer(syncobj.exportSyncFile(t.fd, handle)),
          t.answer(syncobj.exportSyncFile(t.fd, NO_HANDLE)),
          t.answer(syncobj.importSyncFile(t.fd, handle, t.fd)),
        ]
      },
      expected: ['-EINVAL', '-ENOENT', '-EINVAL'],
    },
    {
      id: 'no-timelines',
      name: 'a driver without timelines refuses points with EOPNOTSUPP',
      run: (t) => {
        const { syncobj } = t.backend
        const [handles, points] = [list(made(t)), BigUint64Array.of(1n)]
        return [
          syncobj.timelineWait(t.fd, handles, points, 0n, 0),
          syncobj.timelineSignal(t.fd, handles, points),
          syncobj.query(t.fd, handles, 0),
        ].map((answer) => t.answer(answer))
      },
      expected: ['-EOPNOTSUPP', '-EOPNOTSUPP', '-EOPNOTSUPP'],
    },
    {
      id: 'wait-on-a-thread',
      name: 'a wait on a thread ends with the signal, with its time, and when it is cancelled',
      run: async (t) => {
        const { blocking, syncobj } = t.backend
        const handles = list(made(t))
        const later = blocking.nowNs() + 60n * 10n ** 9n
        const cancelled = blocking.syncobjWait(t.fd, handles, later, FOR_SUBMIT)
        cancelled.cancel()
        const late = blocking.syncobjWait(t.fd, handles, 0n, FOR_SUBMIT)
        const ends = [await cancelled.result, await late.result]
        const waiting = blocking.syncobjWait(t.fd, handles, later, FOR_SUBMIT)
        syncobj.signal(t.fd, handles)
        return [...ends, await waiting.result].map((end) => t.answer(end))
      },
      expected: ['-ECANCELED', '-ETIME', 0],
    },
  ],
)
