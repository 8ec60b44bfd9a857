/** Rows: memfds as dma-bufs. drivers/dma-buf/udmabuf.c (6.12); selftests/drivers/dma-buf/udmabuf.c; memfd_create(2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const [SEAL, SHRINK, GROW, WRITE] = [1, 2, 4, 8]
const MIB = 1 << 20

const memfd = (t: Trial, sizeBytes = 65536, seals = SHRINK) => {
  const fd = t.keepFd(t.backend.udmabuf.createMemfd('gemrig', sizeBytes))
  if (seals !== 0) t.must({ sealed: t.backend.udmabuf.addSeals(fd, seals) })
  return fd
}
const device = (t: Trial) => t.keepFd(t.backend.udmabuf.open())
const create = (t: Trial, fd: number, offset = 0, sizeBytes = 65536) =>
  t.backend.udmabuf.create(device(t), { memfd: fd, offset: BigInt(offset), sizeBytes: BigInt(sizeBytes) })
const refusal = (t: Trial, fd: number, offset?: number, sizeBytes?: number) => {
  const made = create(t, fd, offset, sizeBytes)
  return made < 0 ? t.answer(made) : t.keepFd(made) > 0
}

export const UDMABUF_ROWS = group(
  'udmabuf',
  { source: 'drivers/dma-buf/udmabuf.c (6.12)', needs: ['memfd', 'udmabuf'] },
  [
    {
      id: 'unaligned-offset',
      name: 'an offset within a page is EINVAL',
      source: 'selftests/drivers/dma-buf/udmabuf.c test 1',
      run: (t) => refusal(t, memfd(t), 2048, 4096),
      expected: '-EINVAL',
    },
    {
      id: 'unaligned-size',
      name: 'a size within a page is EINVAL',
      source: 'selftests/drivers/dma-buf/udmabuf.c test 2',
      run: (t) => refusal(t, memfd(t), 0, 6144),
      expected: '-EINVAL',
    },
    {
      id: 'no-memfd',
      name: 'what is no memfd is EBADFD',
      source: 'selftests/drivers/dma-buf/udmabuf.c test 3',
      run: (t) => [refusal(t, t.keepFd(t.backend.drm.open('/dev/null'))), refusal(t, 999_999)],
      expected: ['-EBADFD', '-EBADFD'],
    },
    {
      id: 'sealed',
      name: 'a memfd that is sealed against shrinking is taken',
      source: 'selftests/drivers/dma-buf/udmabuf.c test 4',
      run: (t) => refusal(t, memfd(t)),
      expected: true,
    },
    {
      id: 'seals',
      name: 'not sealed against shrinking is EINVAL, sealed against writing too; other seals do not matter',
      run: (t) =>
        [0, GROW, SHRINK | WRITE, SHRINK | GROW, SHRINK | SEAL].map((seals) =>
          refusal(t, memfd(t, 65536, seals)),
        ),
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', true, true],
    },
    {
      id: 'beyond-the-end',
      name: 'a part beyond the end of the memfd is EINVAL',
      run: (t) => [
        refusal(t, memfd(t), 0, 69632),
        refusal(t, memfd(t), 65536, 4096),
        refusal(t, memfd(t), 4096, 65536),
      ],
      expected: ['-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'nothing',
      name: 'no bytes are EINVAL',
      run: (t) => refusal(t, memfd(t), 0, 0),
      expected: '-EINVAL',
    },
    {
      id: 'size-limit',
      name: 'more than 64 MiB are EINVAL',
      run: (t) => refusal(t, memfd(t, 65 * MIB), 0, 65 * MIB),
      expected: '-EINVAL',
    },
    {
      id: 'part',
      name: 'a part of a memfd is a dma-buf of that size, with the memory of that part',
      run: (t) => {
        const { memory, dmaHeap } = t.backend
        const fd = memfd(t)
        const whole = t.keep(memory.mmap(fd, 0n, 65536))
        const part = t.keepFd(create(t, fd, 8192, 4096))
        const map = t.keep(memory.mmap(part, 0n, 4096))
        memory.fill(map, 3n, 0, 4096)
        const [seen] = [t.must(memory.read(whole, 8192, 4096))]
        return [dmaHeap.size(part), Buffer.from(seen).equals(Buffer.from(t.must(memory.read(map, 0, 4096))))]
      },
      expected: [4096, true],
    },
    {
      id: 'list',
      name: 'a list makes one dma-buf of its parts, in their order',
      run: (t) => {
        const { memory, udmabuf, dmaHeap } = t.backend
        const [one, two] = [memfd(t), memfd(t)]
        memory.write(t.keep(memory.mmap(one, 0n, 8192)), 4096, Uint8Array.of(1))
        memory.write(t.keep(memory.mmap(two, 0n, 4096)), 0, Uint8Array.of(2))
        const items = [
          { memfd: two, offset: 0n, sizeBytes: 4096n },
          { memfd: one, offset: 4096n, sizeBytes: 8192n },
        ]
        const fd = t.keepFd(udmabuf.createList(device(t), items))
        const map = t.keep(memory.mmap(fd, 0n, 12288))
        return [dmaHeap.size(fd), ...[0, 4096].map((at) => t.must(memory.read(map, at, 1))[0])]
      },
      expected: [12288, 2, 1],
    },
    {
      id: 'list-limit',
      name: 'a list of none or of more than 1024 parts is EINVAL',
      run: (t) => {
        const item = { memfd: memfd(t), offset: 0n, sizeBytes: 4096n }
        return [0, 1025].map((count) =>
          t.answer(t.backend.udmabuf.createList(device(t), Array(count).fill(item))),
        )
      },
      expected: ['-EINVAL', '-EINVAL'],
    },
    {
      id: 'outlives-memfd',
      name: 'the dma-buf outlives the memfd',
      run: (t) => {
        const { udmabuf, memory } = t.backend
        const fd = udmabuf.createMemfd('gemrig', 4096)
        udmabuf.addSeals(fd, SHRINK)
        const made = t.keepFd(create(t, fd, 0, 4096))
        udmabuf.close(fd)
        const map = t.keep(memory.mmap(made, 0n, 4096))
        memory.fill(map, 3n, 0, 4096)
        return memory.verify(map, 3n, 0, 4096)
      },
      expected: 4096,
    },
    {
      id: 'mmap-too-much',
      name: 'more than it has cannot be mapped',
      run: (t) => t.answer(t.backend.memory.mmap(t.keepFd(create(t, memfd(t))), 0n, 69632)),
      expected: '-EINVAL',
    },
    {
      id: 'sync',
      name: 'SYNC brackets are taken; an END without a beginning is EINVAL',
      run: (t) => {
        const fd = t.keepFd(create(t, memfd(t)))
        return [7, 3, 7].map((flags) => t.answer(t.backend.dmaHeap.sync(fd, flags)))
      },
      expected: ['-EINVAL', 0, 0],
    },
    {
      id: 'import-panfrost',
      name: 'Panfrost can import it',
      needs: ['panfrost', 'prime', 'get-bo-offset'],
      run: (t) => {
        const handle = t.backend.drm.primeFdToHandle(t.fd, t.keepFd(create(t, memfd(t))))
        return t.must(t.backend.panfrost.getBoOffset(t.fd, handle)).gpuAddress > 0n
      },
      expected: true,
    },
    {
      id: 'memfd',
      name: 'a memfd is zeroed and has its size',
      source: 'mm/memfd.c (6.12)',
      run: (t) => {
        const { memory, dmaHeap } = t.backend
        const fd = memfd(t, 8192, 0)
        const isZeroed = t
          .must(memory.read(t.keep(memory.mmap(fd, 0n, 8192)), 0, 8192))
          .every((byte) => byte === 0)
        return [dmaHeap.size(fd), isZeroed]
      },
      expected: [8192, true],
    },
    {
      id: 'seal-refused',
      name: 'after SEAL no seal can be added (EPERM); unknown seals and what is no memfd are EINVAL',
      source: 'mm/memfd.c (6.12)',
      run: (t) => {
        const { udmabuf } = t.backend
        const answers = [
          udmabuf.addSeals(memfd(t, 4096, SEAL), SHRINK),
          udmabuf.addSeals(memfd(t, 4096, 0), 1 << 20),
        ]
        return [...answers, udmabuf.addSeals(t.open('/dev/null'), SHRINK)].map((each) => t.answer(each))
      },
      expected: ['-EPERM', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'seal-write-mapped',
      name: 'a memfd that is mapped to be written cannot be sealed against writing: EBUSY',
      source: 'mm/memfd.c (6.12)',
      run: (t) => {
        const fd = memfd(t, 4096, 0)
        t.keep(t.backend.memory.mmap(fd, 0n, 4096))
        return t.answer(t.backend.udmabuf.addSeals(fd, WRITE))
      },
      expected: '-EBUSY',
    },
  ],
)
