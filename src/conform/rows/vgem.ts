/** Rows: vgem's dumb buffers. drivers/gpu/drm/vgem/vgem_drv.c, drm_dumb_buffers.c (6.12); IGT vgem_basic. */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const RDWR = 0o2000002
const NO_HANDLE = 77

export const dumb = (t: Trial, width = 64, height = 16, bits = 32) =>
  t.must(t.backend.drm.createDumb(t.vgem, width, height, bits))
const offset = (t: Trial, handle: number) => t.must(t.backend.drm.mapDumb(t.vgem, handle)).offset
const map = (t: Trial, handle: number, sizeBytes = 4096) =>
  t.keep(t.backend.memory.mmap(t.vgem, offset(t, handle), sizeBytes))

export const VGEM_ROWS = group(
  'vgem',
  { source: 'drivers/gpu/drm/vgem/vgem_drv.c, drivers/gpu/drm/drm_dumb_buffers.c (6.12)', needs: ['vgem'] },
  [
    {
      id: 'version',
      name: 'the version names the driver',
      run: (t) => t.must(t.backend.drm.version(t.vgem)).name,
      expected: 'vgem',
    },
    {
      id: 'create-nothing',
      name: 'a dumb buffer without width, height or bits is EINVAL',
      source: 'IGT vgem_basic create',
      run: (t) =>
        [
          [0, 0, 0],
          [0, 1, 32],
          [1, 0, 32],
          [1, 1, 0],
        ].map(([width = 0, height = 0, bits = 0]) =>
          t.answer(t.backend.drm.createDumb(t.vgem, width, height, bits)),
        ),
      expected: Array(4).fill('-EINVAL'),
    },
    {
      id: 'create-overflow',
      name: 'a dumb buffer whose size does not fit is EINVAL',
      run: (t) =>
        [
          [0xffff_ffff, 1, 32],
          [0x10000, 0x10000, 32],
        ].map(([width = 0, height = 0, bits = 0]) =>
          t.answer(t.backend.drm.createDumb(t.vgem, width, height, bits)),
        ),
      expected: ['-EINVAL', '-EINVAL'],
    },
    {
      id: 'create-1x1',
      name: 'the smallest dumb buffer has a page',
      source: 'IGT vgem_basic create',
      run: (t) => Number(dumb(t, 1, 1, 1).sizeBytes),
      expected: 4096,
    },
    {
      id: 'create-1024',
      name: '1024 lines of 1024 bytes are 1 MiB',
      source: 'IGT vgem_basic create',
      run: (t) => {
        const { sizeBytes, pitchBytes } = dumb(t, 1024, 1024, 8)
        return [Number(sizeBytes), pitchBytes]
      },
      expected: [1 << 20, 1024],
    },
    {
      id: 'handles',
      name: 'handles count from 1, MODE_DESTROY_DUMB frees one, and a second time is EINVAL',
      run: (t) => {
        const { drm } = t.backend
        const handles = [dumb(t).handle, dumb(t).handle]
        return [
          ...handles,
          t.answer(drm.destroyDumb(t.vgem, 2)),
          t.answer(drm.destroyDumb(t.vgem, 2)),
          dumb(t).handle,
        ]
      },
      expected: [1, 2, 0, '-EINVAL', 2],
    },
    {
      id: 'map-unknown',
      name: 'MODE_MAP_DUMB of an unknown handle is ENOENT',
      run: (t) => [0, NO_HANDLE].map((handle) => t.answer(t.backend.drm.mapDumb(t.vgem, handle))),
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'render-node',
      name: 'dumb buffers are refused on a render node',
      run: (t) => {
        const { drm } = t.backend
        const fd = t.open(t.device('vgem').renderNode)
        return [drm.createDumb(fd, 8, 8, 32), drm.mapDumb(fd, 1), drm.destroyDumb(fd, 1)].map((each) =>
          t.answer(each),
        )
      },
      expected: ['-EACCES', '-EACCES', '-EACCES'],
    },
    {
      id: 'zeroed',
      name: 'a dumb buffer is zeroed, also when its pages held something before',
      run: (t) => {
        const { memory, drm } = t.backend
        const first = dumb(t, 1024, 16)
        const old = map(t, first.handle, 65536)
        memory.fill(old, 3n, 0, 65536)
        memory.munmap(old)
        drm.gemClose(t.vgem, first.handle)
        return t
          .must(memory.read(map(t, dumb(t, 1024, 16).handle, 65536), 0, 65536))
          .every((byte) => byte === 0)
      },
      expected: true,
    },
    {
      id: 'mapping-survives-close',
      name: 'a mapping outlives the handle',
      source: 'IGT vgem_basic mmap',
      run: (t) => {
        const { memory, drm } = t.backend
        const { handle } = dumb(t)
        const mapping = map(t, handle)
        memory.fill(mapping, 4n, 0, 4096)
        drm.gemClose(t.vgem, handle)
        return memory.verify(mapping, 4n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'dmabuf-coherent',
      name: 'the mapping of the buffer and that of its dma-buf are one memory',
      source: 'IGT vgem_basic dmabuf-mmap',
      run: (t) => {
        const { memory, drm } = t.backend
        const { handle } = dumb(t)
        const direct = map(t, handle)
        const through = t.keep(memory.mmap(t.keepFd(drm.primeHandleToFd(t.vgem, handle, RDWR)), 0n, 4096))
        memory.fill(direct, 4n, 0, 4096)
        const first = memory.verify(through, 4n, 0, 4096)
        memory.fill(through, 5n, 0, 4096)
        return [first, memory.verify(direct, 5n, 0, 4096)]
      },
      expected: [4096, 4096],
    },
    {
      id: 'dmabuf-survives-close',
      name: 'a dma-buf outlives the handle',
      source: 'IGT vgem_basic dmabuf-export',
      run: (t) => {
        const { memory, drm } = t.backend
        const { handle } = dumb(t)
        memory.fill(map(t, handle), 4n, 0, 4096)
        const fd = t.keepFd(drm.primeHandleToFd(t.vgem, handle, RDWR))
        drm.gemClose(t.vgem, handle)
        return memory.verify(t.keep(memory.mmap(fd, 0n, 4096)), 4n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'not-purged',
      name: 'no purge takes a dumb buffer',
      needs: ['purge'],
      run: async (t) => {
        const mapping = map(t, dumb(t).handle)
        t.backend.memory.fill(mapping, 4n, 0, 4096)
        await t.purge()
        return t.backend.memory.verify(mapping, 4n, 0, 4096)
      },
      expected: 4096,
    },
  ],
)
