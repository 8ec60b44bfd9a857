/** Rows: /proc/self/fdinfo. drivers/gpu/drm/drm_file.c, drm_show_memory_stats() (6.12, 7.2); drm-usage-stats.rst. */
import { parseDrmFdinfo } from '../../device/fdinfo.js'
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const HEAP = 2
const MEMORY = { kernel: { from: '6.5' }, why: 'drm_show_memory_stats() came with 6.5' }

const keys = (t: Trial, fd: number) => {
  const lines = t.must(t.backend.fdinfo.read(fd)).text.split('\n')
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
}
/** KiB of total, resident and purgeable memory. */
const memory = (t: Trial) => {
  const usage = parseDrmFdinfo(t.must(t.backend.fdinfo.read(t.fd)).text)?.memory['memory']
  return [usage?.total, usage?.resident, usage?.purgeable].map((bytes) => Number((bytes ?? 0n) / 1024n))
}

export const FDINFO_ROWS = group(
  'fdinfo',
  {
    source: 'drivers/gpu/drm/drm_file.c (6.12, 7.2), Documentation/gpu/drm-usage-stats.rst',
    needs: ['fdinfo'],
  },
  [
    {
      id: 'closed',
      name: 'fdinfo of a descriptor that is not open is ENOENT',
      run: (t) => t.answer(t.backend.fdinfo.read(999_999)),
      expected: '-ENOENT',
    },
    {
      id: 'driver',
      name: 'it names the driver, and each open file is a client of its own',
      needs: ['panfrost'],
      holds: MEMORY,
      run: (t) => {
        const [one, two] = [keys(t, t.fd), keys(t, t.open())]
        return [one.get('drm-driver'), one.get('drm-client-id') === two.get('drm-client-id')]
      },
      expected: ['panfrost', false],
    },
    {
      id: 'total',
      name: 'total memory is that of the buffers, rounded up to pages',
      needs: ['panfrost'],
      holds: MEMORY,
      run: (t) => {
        const before = memory(t)
        t.bo(65536)
        t.bo(5000)
        return [before, memory(t)]
      },
      expected: [
        [0, 0, 0],
        [72, 72, 0],
      ],
    },
    {
      id: 'heap',
      name: 'a heap counts by whole 2 MiB, and has nothing resident before the GPU asks',
      needs: ['panfrost'],
      holds: MEMORY,
      run: (t) => {
        t.bo(4096, HEAP | 1)
        return memory(t)
      },
      expected: [2048, 0, 0],
    },
    {
      id: 'purgeable',
      name: 'DONTNEED makes memory purgeable, WILLNEED takes that back',
      needs: ['panfrost'],
      holds: MEMORY,
      run: (t) => {
        const handle = t.bo(65536)
        t.bo(4096)
        t.madvise(handle, 1)
        const during = memory(t)
        t.madvise(handle, 0)
        return [during, memory(t)]
      },
      expected: [
        [68, 68, 64],
        [68, 68, 0],
      ],
    },
    {
      id: 'purged',
      name: 'a purged buffer still counts as a whole, but is neither resident nor purgeable',
      needs: ['panfrost', 'purge'],
      holds: MEMORY,
      run: async (t) => {
        const handle = t.bo(65536)
        t.madvise(handle, 1)
        await t.purge()
        return memory(t)
      },
      expected: [64, 0, 0],
    },
    {
      id: 'purged-while-mapped',
      name: 'a buffer that was purged while it was mapped is resident until it is unmapped',
      needs: ['panfrost', 'purge'],
      holds: {
        ...MEMORY,
        lacks: 'shmem-shrinker',
        why: `${MEMORY.why}, and the generic shrinker does it otherwise`,
      },
      run: async (t) => {
        const { handle, map } = t.filled(5n, 65536)
        t.madvise(handle, 1)
        await t.purge()
        const mapped = memory(t)
        t.backend.memory.munmap(map)
        return [mapped, memory(t)]
      },
      expected: [
        [64, 64, 0],
        [64, 0, 0],
      ],
    },
    {
      id: 'closed-buffers',
      name: 'a closed buffer counts no more',
      needs: ['panfrost'],
      holds: MEMORY,
      run: (t) => {
        t.backend.drm.gemClose(t.fd, t.bo(65536))
        return memory(t)
      },
      expected: [0, 0, 0],
    },
    {
      id: 'dma-buf',
      name: 'of a dma-buf it tells the size, the exporter and the name',
      source: 'drivers/dma-buf/dma-buf.c, dma_buf_show_fdinfo() (6.12)',
      needs: ['heap', 'dma-buf-name'],
      run: (t) => {
        const { dmaHeap, dmaBuf } = t.backend
        const fd = t.keepFd(dmaHeap.allocate(t.keepFd(dmaHeap.open('system')), 12288))
        dmaBuf.setName(fd, 'a name')
        const found = keys(t, fd)
        return ['size', 'exp_name', 'name'].map((key) => found.get(key))
      },
      expected: ['12288', 'system', 'a name'],
    },
  ],
)
