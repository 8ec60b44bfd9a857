/** Rows: Panfrost's requests. drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_gem.c (6.12). */
import { group } from '../row.js'

const NOEXEC = 1
const HEAP = 2
const WILLNEED = 0
const DONTNEED = 1

/** What GPU_PROD_ID is, by a name of the device tree. Bifrost's numbers are all above 0x6000. */
const PRODUCTS: Readonly<Record<string, number>> = { 'arm,mali-t760': 0x750, 'arm,mali-t860': 0x860 }

export const PANFROST_ROWS = group(
  'panfrost',
  { source: 'drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_gem.c (6.12, 7.2)', needs: ['panfrost'] },
  [
    {
      id: 'get-param-chip',
      name: 'GET_PARAM tells the chip that the device tree names, with shader cores and address spaces',
      run: (t) => {
        const param = (number: number) => Number(t.must(t.backend.panfrost.getParam(t.fd, number)).value)
        const names = t.device('panfrost').compatible
        const known = Object.keys(PRODUCTS).find((name) => names.includes(name))
        const product = param(0)
        return [
          known === undefined ? product >= 0x6000 : product === PRODUCTS[known],
          param(2) > 0,
          param(6) > 0,
        ]
      },
      expected: [true, true, true],
    },
    {
      id: 'get-param-unknown',
      name: 'GET_PARAM of what is no parameter is EINVAL',
      run: (t) => [1000, 0xffff_ffff].map((param) => t.answer(t.backend.panfrost.getParam(t.fd, param))),
      expected: ['-EINVAL', '-EINVAL'],
    },
    {
      id: 'create-bo-refused',
      name: 'CREATE_BO of size 0, of unknown flags, or HEAP without NOEXEC is EINVAL',
      run: (t) =>
        [
          [0, NOEXEC],
          [4096, 1 << 5],
          [4096, 0xffff_ffff],
          [4096, HEAP],
        ].map(([size = 0, flags = 0]) => t.answer(t.backend.panfrost.createBo(t.fd, size, flags))),
      expected: Array(4).fill('-EINVAL'),
    },
    {
      id: 'create-bo-no-space',
      name: 'CREATE_BO of more addresses than the GPU has is ENOSPC, and leaves no handle',
      run: (t) => [t.answer(t.backend.panfrost.createBo(t.fd, 0xffff_ffff, NOEXEC)), t.bo()],
      expected: ['-ENOSPC', 1],
    },
    {
      id: 'gpu-addresses',
      name: 'buffers have GPU addresses of their own, on pages',
      run: (t) => {
        const made = [0, NOEXEC, NOEXEC].map((flags) =>
          t.must(t.backend.panfrost.createBo(t.fd, 8192, flags)),
        )
        const addresses = made.map(({ gpuAddress }) => gpuAddress)
        return [new Set(addresses).size, addresses.every((address) => address > 0n && address % 4096n === 0n)]
      },
      expected: [3, true],
    },
    {
      id: 'mmap-bo-refused',
      name: 'MMAP_BO of an unknown handle is ENOENT, with flags or of a heap EINVAL',
      run: (t) => {
        const { panfrost } = t.backend
        const [plain, heap] = [t.bo(), t.bo(4096, HEAP | NOEXEC)]
        const calls = [
          panfrost.mmapBo(t.fd, 77, 0),
          panfrost.mmapBo(t.fd, plain, 1),
          panfrost.mmapBo(t.fd, heap, 0),
        ]
        return calls.map((outcome) => t.answer(outcome))
      },
      expected: ['-ENOENT', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'mmap-bo-same-offset',
      name: 'MMAP_BO gives the same offset each time, and another one to another buffer',
      run: (t) => {
        const [first, second] = [t.bo(), t.bo()]
        return [t.offset(first) === t.offset(first), t.offset(first) === t.offset(second)]
      },
      expected: [true, false],
    },
    {
      id: 'new-bo-is-zeroed',
      name: 'a new buffer is zeroed, also when its pages held something before',
      run: (t) => {
        const { memory, drm } = t.backend
        const { handle, map } = t.filled(7n, 65536)
        memory.munmap(map)
        drm.gemClose(t.fd, handle)
        const fresh = t.must(memory.read(t.map(t.bo(65536), 65536), 0, 65536))
        return fresh.every((byte) => byte === 0)
      },
      expected: true,
    },
    {
      id: 'madvise-unknown-handle',
      name: 'MADVISE of an unknown handle is ENOENT',
      run: (t) => [t.madvise(77, WILLNEED), t.madvise(0, DONTNEED)],
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'madvise-retained',
      name: 'without pressure everything is retained, whatever the advice and however often',
      run: (t) => {
        const handle = t.bo()
        return [DONTNEED, DONTNEED, WILLNEED, WILLNEED, DONTNEED, WILLNEED].map((advice) =>
          t.madvise(handle, advice),
        )
      },
      expected: [1, 1, 1, 1, 1, 1],
    },
    {
      id: 'madvise-unknown-advice',
      name: 'the advice is not validated: an unknown one is taken as it is',
      run: (t) => {
        const handle = t.bo()
        return [t.madvise(handle, 5), t.madvise(handle, 0x7fff_ffff), t.madvise(handle, WILLNEED)]
      },
      expected: [1, 1, 1],
    },
    {
      id: 'madvise-negative-is-purge',
      name: 'an advice that is negative as an int is a purge, and stays one',
      run: (t) => {
        const handle = t.bo()
        return [t.madvise(handle, 0xffff_ffff), t.madvise(handle, WILLNEED), t.madvise(handle, DONTNEED)]
      },
      expected: [0, 0, 0],
    },
    {
      id: 'madvise-keeps-content',
      name: 'the content of a buffer survives DONTNEED and WILLNEED',
      run: (t) => {
        const { handle, map } = t.filled(3n, 8192)
        t.madvise(handle, DONTNEED)
        const between = t.backend.memory.verify(map, 3n, 0, 8192)
        t.madvise(handle, WILLNEED)
        return [between, t.backend.memory.verify(map, 3n, 0, 8192)]
      },
      expected: [8192, 8192],
    },
  ],
)
