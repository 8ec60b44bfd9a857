/**
 * Rows: fences of vgem and what waits for them: poll, sync files, WAIT_BO. drivers/gpu/drm/vgem/vgem_fence.c,
 * drivers/dma-buf/dma-buf.c, sync_file.c (6.12); IGT vgem_basic, dmabuf_sync_file.
 */
import { group } from '../row.js'
import type { Trial } from '../trial.js'
import { dumb } from './vgem.js'

const RDWR = 0o2000002
const WRITE_FENCE = 1
const [READ, WRITE] = [1, 2]
const [POLLIN, POLLOUT] = [1, 4]
const NO_FENCE = 77

function scene(t: Trial) {
  const { handle } = dumb(t)
  return { handle, dmaBuf: t.keepFd(t.backend.drm.primeHandleToFd(t.vgem, handle, RDWR)) }
}
const attach = (t: Trial, handle: number, flags = 0) =>
  t.must(t.backend.vgem.fenceAttach(t.vgem, handle, flags)).fence
const signal = (t: Trial, fence: number) => t.answer(t.backend.vgem.fenceSignal(t.vgem, fence))
const poll = (t: Trial, fd: number) => t.backend.dmaBuf.poll(fd, POLLIN | POLLOUT, 0)
const syncFile = (t: Trial, dmaBuf: number, flags: number) =>
  t.keepFd(t.backend.dmaBuf.exportSyncFile(dmaBuf, flags))
const status = (t: Trial, fd: number) => t.must(t.backend.syncFile.info(fd)).status

export const FENCE_ROWS = group(
  'fence',
  { source: 'drivers/gpu/drm/vgem/vgem_fence.c, drivers/dma-buf/dma-buf.c (6.12)', needs: ['vgem'] },
  [
    {
      id: 'attach-refused',
      name: 'a fence for an unknown buffer is ENOENT, with unknown flags EINVAL',
      run: (t) => {
        const { vgem } = t.backend
        const { handle } = dumb(t)
        return [vgem.fenceAttach(t.vgem, 77, 0), vgem.fenceAttach(t.vgem, handle, 2)].map((each) =>
          t.answer(each),
        )
      },
      expected: ['-ENOENT', '-EINVAL'],
    },
    {
      id: 'signal-refused',
      name: 'FENCE_SIGNAL of a fence that is not there, or is no more, is ENOENT',
      run: (t) => {
        const fence = attach(t, dumb(t).handle)
        return [NO_FENCE, fence, fence].map((each) => signal(t, each))
      },
      expected: ['-ENOENT', 0, '-ENOENT'],
    },
    {
      id: 'read-fence',
      name: "a reader's fence keeps writers waiting alone",
      source: 'IGT vgem_basic dmabuf-fence',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const before = poll(t, dmaBuf)
        const fence = attach(t, handle)
        const during = poll(t, dmaBuf)
        signal(t, fence)
        return [before, during, poll(t, dmaBuf)]
      },
      expected: [POLLIN | POLLOUT, POLLIN, POLLIN | POLLOUT],
    },
    {
      id: 'write-fence',
      name: "a writer's fence keeps all waiting",
      source: 'IGT vgem_basic dmabuf-fence',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const fence = attach(t, handle, WRITE_FENCE)
        const during = poll(t, dmaBuf)
        signal(t, fence)
        return [during, poll(t, dmaBuf)]
      },
      expected: [0, POLLIN | POLLOUT],
    },
    {
      id: 'exclusive',
      name: 'a second fence that a fence excludes is EBUSY',
      run: (t) => {
        const { handle } = dumb(t)
        const fence = attach(t, handle, WRITE_FENCE)
        const answers = [0, WRITE_FENCE].map((flags) =>
          t.answer(t.backend.vgem.fenceAttach(t.vgem, handle, flags)),
        )
        signal(t, fence)
        return answers
      },
      expected: ['-EBUSY', '-EBUSY'],
    },
    {
      id: 'readers-together',
      name: 'readers do not exclude each other',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const fences = [attach(t, handle), attach(t, handle)]
        const states = fences.map((fence) => {
          signal(t, fence)
          return poll(t, dmaBuf)
        })
        return states
      },
      expected: [POLLIN, POLLIN | POLLOUT],
    },
    {
      id: 'file-close-signals',
      name: 'the close of the file that owes a fence ends the wait for it',
      run: (t) => {
        const { drm, vgem, dmaBuf } = t.backend
        const fd = drm.open(t.device('vgem').renderNode)
        const shared = scene(t)
        const handle = drm.primeFdToHandle(fd, shared.dmaBuf)
        t.must(vgem.fenceAttach(fd, handle, WRITE_FENCE))
        const during = dmaBuf.poll(shared.dmaBuf, POLLIN, 0)
        drm.close(fd)
        return [during, dmaBuf.poll(shared.dmaBuf, POLLIN, 0)]
      },
      expected: [0, POLLIN],
    },
    {
      id: 'expires',
      name: 'a fence that nobody signals expires within a minute',
      source: 'IGT vgem_basic fence-before-dead',
      onlyWhenAsked: 'it takes ten seconds',
      run: async (t) => {
        const { handle, dmaBuf } = scene(t)
        attach(t, handle, WRITE_FENCE)
        const { blocking } = t.backend
        return blocking.poll(dmaBuf, POLLIN, blocking.nowNs() + 60n * 10n ** 9n).result
      },
      expected: POLLIN,
    },
    {
      id: 'export-basic',
      name: 'the sync file of a dma-buf without fences is signalled',
      source: 'IGT dmabuf_sync_file export-basic',
      run: (t) => {
        const { dmaBuf } = scene(t)
        return [READ, WRITE, READ | WRITE].map((flags) => status(t, syncFile(t, dmaBuf, flags)))
      },
      expected: [1, 1, 1],
    },
    {
      id: 'export-flags',
      name: 'a sync file for no use or an unknown one is EINVAL',
      run: (t) => {
        const { dmaBuf } = scene(t)
        return [0, 4, 8].map((flags) => t.answer(t.backend.dmaBuf.exportSyncFile(dmaBuf, flags)))
      },
      expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'export-before-signal',
      name: "a sync file of a writer's fence is done when the fence is",
      source: 'IGT dmabuf_sync_file export-before-signal',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const fence = attach(t, handle, WRITE_FENCE)
        const file = syncFile(t, dmaBuf, READ)
        const before = [status(t, file), t.backend.dmaBuf.poll(file, POLLIN, 0)]
        signal(t, fence)
        return [...before, status(t, file), t.backend.dmaBuf.poll(file, POLLIN, 0)]
      },
      expected: [0, 0, 1, POLLIN],
    },
    {
      id: 'export-reader',
      name: 'a reader need not wait for readers, a writer has to',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const fence = attach(t, handle)
        const states = [READ, WRITE].map((flags) => status(t, syncFile(t, dmaBuf, flags)))
        signal(t, fence)
        return states
      },
      expected: [1, 0],
    },
    {
      id: 'export-multiwait',
      name: 'a sync file has the fences of its moment: a later one is not in it',
      source: 'IGT dmabuf_sync_file export-multiwait',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const first = attach(t, handle)
        const early = syncFile(t, dmaBuf, WRITE)
        const second = attach(t, handle)
        const late = syncFile(t, dmaBuf, WRITE)
        signal(t, first)
        const states = [status(t, early), status(t, late)]
        signal(t, second)
        return [...states, status(t, late)]
      },
      expected: [1, 0, 1],
    },
    {
      id: 'import-basic',
      name: 'a fence that is brought into another dma-buf keeps its users waiting',
      source: 'IGT dmabuf_sync_file import-basic',
      run: (t) => {
        const [from, to] = [scene(t), scene(t)]
        const fence = attach(t, from.handle, WRITE_FENCE)
        const file = syncFile(t, from.dmaBuf, READ)
        const taken = t.answer(t.backend.dmaBuf.importSyncFile(to.dmaBuf, WRITE, file))
        const during = poll(t, to.dmaBuf)
        signal(t, fence)
        return [taken, during, poll(t, to.dmaBuf)]
      },
      expected: [0, 0, POLLIN | POLLOUT],
    },
    {
      id: 'import-read-only',
      name: "fences that are brought in as readers' keep writers waiting alone, until the last is done",
      source: 'IGT dmabuf_sync_file import-multiple-read-only',
      run: (t) => {
        const [one, two, to] = [scene(t), scene(t), scene(t)]
        const fences = [one, two].map(({ handle, dmaBuf }) => {
          const fence = attach(t, handle, WRITE_FENCE)
          t.backend.dmaBuf.importSyncFile(to.dmaBuf, READ, syncFile(t, dmaBuf, READ))
          return fence
        })
        return fences.map((fence) => {
          const before = poll(t, to.dmaBuf)
          signal(t, fence)
          return [before, poll(t, to.dmaBuf)]
        })
      },
      expected: [
        [POLLIN, POLLIN],
        [POLLIN, POLLIN | POLLOUT],
      ],
    },
    {
      id: 'import-read-write',
      name: "a writer's fence that is brought in beside a reader's keeps all waiting until it is done",
      source: 'IGT dmabuf_sync_file import-multiple-read-write',
      run: (t) => {
        const [one, two, to] = [scene(t), scene(t), scene(t)]
        const [reader, writer] = [attach(t, one.handle, WRITE_FENCE), attach(t, two.handle, WRITE_FENCE)]
        t.backend.dmaBuf.importSyncFile(to.dmaBuf, READ, syncFile(t, one.dmaBuf, READ))
        t.backend.dmaBuf.importSyncFile(to.dmaBuf, WRITE, syncFile(t, two.dmaBuf, READ))
        const both = poll(t, to.dmaBuf)
        signal(t, writer)
        const left = poll(t, to.dmaBuf)
        signal(t, reader)
        return [both, left, poll(t, to.dmaBuf)]
      },
      expected: [0, POLLIN, POLLIN | POLLOUT],
    },
    {
      id: 'import-refused',
      name: 'only a sync file can be brought in, and only for a use',
      run: (t) => {
        const { dmaBuf } = scene(t)
        const file = syncFile(t, dmaBuf, READ)
        const answers = [
          t.backend.dmaBuf.importSyncFile(dmaBuf, WRITE, dmaBuf),
          t.backend.dmaBuf.importSyncFile(dmaBuf, WRITE, 999_999),
        ]
        return [
          ...answers,
          ...[0, 4].map((flags) => t.backend.dmaBuf.importSyncFile(dmaBuf, flags, file)),
        ].map((each) => t.answer(each))
      },
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'merge',
      name: 'a merged sync file has both fences and its own name, and is done when both are',
      source: 'drivers/dma-buf/sync_file.c (6.12)',
      run: (t) => {
        const [one, two] = [scene(t), scene(t)]
        const fences = [attach(t, one.handle, WRITE_FENCE), attach(t, two.handle, WRITE_FENCE)]
        const files = [one, two].map(({ dmaBuf }) => syncFile(t, dmaBuf, READ))
        const merged = t.keepFd(t.backend.syncFile.merge(files[0] ?? -1, files[1] ?? -1, 'both'))
        const { fenceCount, name } = t.must(t.backend.syncFile.info(merged))
        const states = fences.map((fence) => {
          signal(t, fence)
          return status(t, merged)
        })
        return [fenceCount, name, ...states]
      },
      expected: [2, 'both', 0, 1],
    },
    {
      id: 'merge-refused',
      name: 'a sync file can be merged with a sync file alone',
      source: 'drivers/dma-buf/sync_file.c (6.12)',
      run: (t) => {
        const { dmaBuf } = scene(t)
        return t.answer(t.backend.syncFile.merge(syncFile(t, dmaBuf, READ), dmaBuf, 'x'))
      },
      expected: '-ENOENT',
    },
    {
      id: 'sync-waits',
      name: 'SYNC of a dma-buf whose fences are done is 0',
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        signal(t, attach(t, handle, WRITE_FENCE))
        return [
          t.backend.dmaHeap.sync(dmaBuf, READ | WRITE),
          t.backend.dmaHeap.sync(dmaBuf, READ | WRITE | 4),
        ]
      },
      expected: [0, 0],
    },
    {
      id: 'wait-bo',
      name: "WAIT_BO waits for another device's fence: EBUSY when asked only, ETIMEDOUT, 0 when it is done",
      source: 'drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_ioctl_wait_bo() (6.12)',
      needs: ['panfrost', 'prime', 'wait-bo'],
      run: (t) => {
        const { handle, dmaBuf } = scene(t)
        const bo = t.backend.drm.primeFdToHandle(t.fd, dmaBuf)
        const wait = (timeNs: bigint) => t.answer(t.backend.panfrost.waitBo(t.fd, bo, timeNs))
        const fence = attach(t, handle)
        const answers = [wait(0n), wait(t.backend.blocking.nowNs() + 20_000_000n)]
        signal(t, fence)
        return [...answers, wait(0n)]
      },
      expected: ['-EBUSY', '-ETIMEDOUT', 0],
    },
    {
      id: 'poll-on-a-thread',
      name: 'poll on a thread ends with the fence, and with its time',
      run: async (t) => {
        const { blocking } = t.backend
        const { handle, dmaBuf } = scene(t)
        const fence = attach(t, handle, WRITE_FENCE)
        const late = await blocking.poll(dmaBuf, POLLIN, blocking.nowNs() + 1_000_000n).result
        const waiting = blocking.poll(dmaBuf, POLLIN, blocking.nowNs() + 9n * 10n ** 9n)
        signal(t, fence)
        return [late, await waiting.result]
      },
      expected: [0, POLLIN],
    },
  ],
)
