/** Rows: Panfrost's parameters, GET_BO_OFFSET, WAIT_BO. panfrost_drv.c (6.12, 7.2). */
import { group } from '../row.js'

const NOEXEC = 1
const HEAP = 2
const NO_HANDLE = 77

export const PANFROST_REQUEST_ROWS = group(
  'panfrost-request',
  { source: 'drivers/gpu/drm/panfrost/panfrost_drv.c (6.12, 7.2)', needs: ['panfrost'] },
  [
    {
      id: 'get-param-base',
      name: 'GET_PARAM tells a product',
      source: 'IGT panfrost_get_param base-params',
      run: (t) => t.must(t.backend.panfrost.getParam(t.fd, 0)).value !== 0n,
      expected: true,
    },
    {
      id: 'get-param-bad',
      name: 'GET_PARAM of 0xd0d0d0d0 is EINVAL',
      source: 'IGT panfrost_get_param get-bad-param',
      run: (t) => t.answer(t.backend.panfrost.getParam(t.fd, 0xd0d0_d0d0)),
      expected: '-EINVAL',
    },
    {
      id: 'get-param-1.2',
      name: 'all 41 parameters of 1.2 are answered',
      run: (t) => {
        const params = Array.from({ length: 41 }, (_, param) => t.backend.panfrost.getParam(t.fd, param))
        return params.filter((answer) => typeof answer === 'object').length
      },
      expected: 41,
    },
    {
      id: 'get-param-new-unknown',
      name: 'parameters of 1.3, 1.5 and 1.6 are EINVAL before',
      holds: { panfrost: { before: '1.3' }, why: 'SYSTEM_TIMESTAMP came with 1.3' },
      run: (t) => [41, 42, 43, 44].map((param) => t.answer(t.backend.panfrost.getParam(t.fd, param))),
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'get-param-timestamp',
      name: 'SYSTEM_TIMESTAMP_FREQUENCY is the frequency of a timer that is there',
      holds: { panfrost: { from: '1.3' }, why: 'SYSTEM_TIMESTAMP came with 1.3' },
      run: (t) => t.must(t.backend.panfrost.getParam(t.fd, 42)).value > 0n,
      expected: true,
    },
    {
      id: 'get-param-priorities',
      name: 'ALLOWED_JM_CTX_PRIORITIES has at least low and medium',
      holds: { panfrost: { from: '1.5' }, why: 'JM contexts came with 1.5' },
      run: (t) => (t.must(t.backend.panfrost.getParam(t.fd, 43)).value & 3n ? 'both' : 'none'),
      expected: 'both',
    },
    {
      id: 'get-param-coherency',
      name: 'SELECTED_COHERENCY is answered, and what comes after it is EINVAL',
      holds: { panfrost: { from: '1.6' }, why: 'SELECTED_COHERENCY came with 1.6' },
      run: (t) => [44, 45].map((param) => typeof t.backend.panfrost.getParam(t.fd, param)),
      expected: ['object', 'number'],
    },
    {
      id: 'get-bo-offset',
      name: 'GET_BO_OFFSET is the address that CREATE_BO told',
      needs: ['get-bo-offset'],
      run: (t) =>
        [0, NOEXEC, NOEXEC | HEAP].map((flags) => {
          const { handle, gpuAddress } = t.must(t.backend.panfrost.createBo(t.fd, 8192, flags))
          return t.must(t.backend.panfrost.getBoOffset(t.fd, handle)).gpuAddress === gpuAddress
        }),
      expected: [true, true, true],
    },
    {
      id: 'get-bo-offset-unknown',
      name: 'GET_BO_OFFSET of an unknown handle is ENOENT',
      needs: ['get-bo-offset'],
      run: (t) => {
        const other = t.bo(4096, NOEXEC, t.open())
        return [0, NO_HANDLE, other].map((handle) => t.answer(t.backend.panfrost.getBoOffset(t.fd, handle)))
      },
      expected: ['-ENOENT', '-ENOENT', '-ENOENT'],
    },
    {
      id: 'wait-idle',
      name: 'WAIT_BO of a buffer that nothing uses is 0, also with a time that is past',
      needs: ['wait-bo'],
      run: (t) => {
        const handle = t.bo()
        const later = t.backend.blocking.nowNs() + 10n ** 9n
        return [0n, 1n, later].map((time) => t.answer(t.backend.panfrost.waitBo(t.fd, handle, time)))
      },
      expected: [0, 0, 0],
    },
    {
      id: 'wait-unknown',
      name: 'WAIT_BO of an unknown handle is ENOENT',
      needs: ['wait-bo'],
      run: (t) => [0, NO_HANDLE].map((handle) => t.answer(t.backend.panfrost.waitBo(t.fd, handle, 0n))),
      expected: ['-ENOENT', '-ENOENT'],
    },
    {
      id: 'wait-on-a-thread',
      name: 'WAIT_BO on a thread answers the same',
      needs: ['wait-bo'],
      run: async (t) => {
        const { blocking } = t.backend
        const waits = [t.bo(), NO_HANDLE].map((handle) => blocking.panfrostWaitBo(t.fd, handle, 0n).result)
        return (await Promise.all(waits)).map((answer) => t.answer(answer))
      },
      expected: [0, '-ENOENT'],
    },
    {
      id: 'mmap-bo-flags',
      name: 'MMAP_BO refuses each flag before it looks for the buffer',
      run: (t) =>
        [1, 2, 0x8000_0000].map((flags) => t.answer(t.backend.panfrost.mmapBo(t.fd, NO_HANDLE, flags))),
      expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'mmap-bo-per-object',
      name: 'offsets are whole pages, and no two buffers have a part of one in common',
      run: (t) => {
        const offsets = [65536, 4096, 8192].map((size) => [t.offset(t.bo(size)), BigInt(size)] as const)
        const sorted = [...offsets].sort(([a], [b]) => (a < b ? -1 : 1))
        return sorted.every(([offset, size], i) => {
          const next = sorted[i + 1]?.[0]
          return offset % 4096n === 0n && (next === undefined || offset + size <= next)
        })
      },
      expected: true,
    },
  ],
)
