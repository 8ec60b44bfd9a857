/** Rows: fences of dma-bufs as sync files. drivers/dma-buf/dma-buf.c, sync_file.c (6.12); IGT dmabuf_sync_file. */
import { group } from '../row.js'
import {
  attach,
  poll,
  POLLIN,
  POLLOUT,
  READ,
  scene,
  signal,
  status,
  syncFile,
  WRITE,
  WRITE_FENCE,
} from './fence-scene.js'

export const SYNC_FILE_ROWS = group(
  'fence',
  { source: 'drivers/dma-buf/dma-buf.c, sync_file.c (6.12)', needs: ['vgem'] },
  [
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
  ],
)
