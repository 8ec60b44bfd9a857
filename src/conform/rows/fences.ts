/**
 * Rows: fences of vgem and what waits for them: poll, sync files, WAIT_BO. drivers/gpu/drm/vgem/vgem_fence.c,
 * drivers/dma-buf/dma-buf.c, sync_file.c (6.12); IGT vgem_basic, dmabuf_sync_file.
 */
import { group } from '../row.js'
import { attach, poll, POLLIN, POLLOUT, READ, scene, signal, WRITE, WRITE_FENCE } from './fence-scene.js'
import { dumb } from './vgem.js'

const NO_FENCE = 77

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
