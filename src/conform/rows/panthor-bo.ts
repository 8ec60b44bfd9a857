/** Rows: Panthor's buffers. panthor_drv.c, panthor_gem.c (7.2). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'
import { BO_BYTES, bindOne, filledBo, importFromVgem, mapBo, NO_HANDLE, newBo, newVm, of72, operation, PAGE, residentBos } from './panthor-scene.js' // prettier-ignore

const NO_MMAP = 1
const WB_MMAP = 2
const SPARSE_BYTES = 2 << 20

const create = (t: Trial, sizeBytes: bigint, flags: number, vmId = 0) =>
  t.answer(t.backend.panthor.boCreate(t.panthor, sizeBytes, flags, vmId))
const label = (t: Trial, handle: number, text: string | null) =>
  t.answer(t.backend.panthor.boSetLabel(t.panthor, handle, text))
const syncBo = (t: Trial, handle: number, offset: bigint, sizeBytes: bigint, type = 0) =>
  t.answer(t.backend.panthor.boSync(t.panthor, [{ handle, type, offset, sizeBytes }]))

export const PANTHOR_BO_ROWS = group(
  'panthor-bo',
  { source: 'drivers/gpu/drm/panthor/panthor_drv.c, panthor_gem.c (7.2)', needs: ['panthor'] },
  of72([
    {
      id: 'create-refused',
      name: 'BO_CREATE of no bytes, with an unknown flag, with both of NO_MMAP and WB_MMAP, for an unknown VM is EINVAL',
      run: (t) => [
        create(t, 0n, 0),
        create(t, PAGE, 4),
        create(t, PAGE, NO_MMAP | WB_MMAP),
        create(t, PAGE, 0, NO_HANDLE),
      ],
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'create-size',
      name: 'BO_CREATE tells the size in whole pages',
      run: (t) =>
        [1n, PAGE, PAGE + 1n].map((size) =>
          Number(t.must(t.backend.panthor.boCreate(t.panthor, size, 0, 0)).sizeBytes),
        ),
      expected: [4096, 4096, 8192],
    },
    {
      id: 'mmap-offset-refused',
      name: 'BO_MMAP_OFFSET of an unknown handle is ENOENT, of a NO_MMAP buffer EPERM',
      run: (t) =>
        [NO_HANDLE, 0, newBo(t, 4096, NO_MMAP)].map((handle) =>
          t.answer(t.backend.panthor.boMmapOffset(t.panthor, handle)),
        ),
      expected: ['-ENOENT', '-ENOENT', '-EPERM'],
    },
    {
      id: 'file-has-an-offset',
      name: "each open file has a buffer of the driver's of 2 MiB, for sparse maps: mmap of its offset is EACCES",
      source: 'drivers/gpu/drm/panthor/panthor_gem.c panthor_dummy_bo_create() (7.2)',
      run: (t) => {
        const { drm, memory, panthor } = t.backend
        const handle = newBo(t, SPARSE_BYTES)
        const { offset } = t.must(panthor.boMmapOffset(t.panthor, handle))
        // What follows it makes its range one that fits exactly when it is free.
        newBo(t, 4096)
        drm.gemClose(t.panthor, handle)
        const map = () => t.answer(memory.mmap(t.panthor, offset, SPARSE_BYTES))
        const free = map()
        t.open(t.device('panthor').renderNode)
        return [free, map()]
      },
      expected: ['-EINVAL', '-EACCES'],
    },
    {
      id: 'pages-at-first-touch',
      name: 'a buffer has no pages when it is made and when it is mapped, and all with the first touch; they stay',
      needs: ['fdinfo'],
      run: (t) => {
        const handle = newBo(t)
        const made = residentBos(t)
        const map = mapBo(t, handle)
        const mapped = residentBos(t)
        t.backend.memory.write(map, 5000, Uint8Array.of(1))
        const touched = residentBos(t)
        t.backend.memory.munmap(map)
        return [made, mapped, touched, residentBos(t)]
      },
      expected: [0, 0, 1, 1],
    },
    {
      id: 'pages-at-bind',
      name: 'VM_BIND gives a buffer all its pages, also when it maps one of them; they stay after the unmap',
      needs: ['fdinfo'],
      run: (t) => {
        const vm = newVm(t)
        const boHandle = newBo(t, BO_BYTES, NO_MMAP)
        bindOne(t, vm, operation(0, { boHandle, sizeBytes: PAGE }))
        const bound = residentBos(t)
        bindOne(t, vm, operation(0x1000_0000, { sizeBytes: PAGE }))
        return [bound, residentBos(t)]
      },
      expected: [1, 1],
    },
    {
      id: 'zeroed',
      name: 'a new buffer reads as zeros',
      run: (t) => {
        const bytes = t.backend.memory.read(mapBo(t, newBo(t)), 0, BO_BYTES)
        return typeof bytes === 'number' ? t.answer(bytes) : bytes.every((byte) => byte === 0)
      },
      expected: true,
    },
    {
      id: 'mmap-too-long',
      name: 'mmap of more than the buffer is EINVAL',
      run: (t) => {
        const { offset } = t.must(t.backend.panthor.boMmapOffset(t.panthor, newBo(t)))
        return t.answer(t.backend.memory.mmap(t.panthor, offset, 2 * BO_BYTES))
      },
      expected: '-EINVAL',
    },
    {
      id: 'label',
      name: 'a label can be set, changed and cleared; up to 4095 bytes are taken, more is E2BIG',
      run: (t) => {
        const handle = newBo(t)
        return ['one', '', null, 'x'.repeat(4095), 'x'.repeat(4096)].map((text) => label(t, handle, text))
      },
      expected: [0, 0, 0, 0, '-E2BIG'],
    },
    {
      id: 'label-unknown',
      name: 'a label for an unknown handle is ENOENT, too long or not',
      run: (t) => ['x', null, 'x'.repeat(5000)].map((text) => label(t, NO_HANDLE, text)),
      expected: ['-ENOENT', '-ENOENT', '-ENOENT'],
    },
    {
      id: 'query',
      name: 'BO_QUERY_INFO tells the flags of BO_CREATE; ENOENT for an unknown handle',
      run: (t) => {
        const { panthor } = t.backend
        const made = [0, NO_MMAP, WB_MMAP].map((flags) => {
          const info = t.must(panthor.boQueryInfo(t.panthor, newBo(t, 4096, flags)))
          return [info.createFlags, info.extraFlags]
        })
        return [...made, t.answer(panthor.boQueryInfo(t.panthor, NO_HANDLE))]
      },
      expected: [[0, 0], [1, 0], [2, 0], '-ENOENT'],
    },
    {
      id: 'sync',
      name: 'BO_SYNC takes parts and the whole of a buffer, cached or not, with pages or without; nothing is 0 too',
      run: (t) => {
        const handles = [newBo(t), newBo(t, BO_BYTES, WB_MMAP), filledBo(t, 1n).handle]
        const answers = handles.flatMap((handle) => [
          syncBo(t, handle, 0n, BigInt(BO_BYTES)),
          syncBo(t, handle, 100n, 1n, 1),
          syncBo(t, handle, BigInt(BO_BYTES), 0n),
        ])
        return [...answers, t.answer(t.backend.panthor.boSync(t.panthor, []))]
      },
      expected: Array(10).fill(0),
    },
    {
      id: 'sync-refused',
      name: 'BO_SYNC beyond the end or of an unknown type is EINVAL, of an unknown handle ENOENT',
      run: (t) => {
        const handle = newBo(t, BO_BYTES, WB_MMAP)
        return [
          syncBo(t, handle, 0n, BigInt(BO_BYTES + 1)),
          syncBo(t, handle, 2n ** 64n - PAGE, 2n * PAGE),
          syncBo(t, handle, 0n, PAGE, 2),
          syncBo(t, NO_HANDLE, 0n, PAGE),
        ]
      },
      expected: ['-EINVAL', '-EINVAL', '-EINVAL', '-ENOENT'],
    },
    {
      id: 'exclusive',
      name: 'a buffer of one VM cannot be exported, nor bound in another one',
      run: (t) => {
        const [own, other] = [newVm(t), newVm(t)]
        const boHandle = newBo(t, BO_BYTES, 0, own)
        return [
          t.answer(t.backend.drm.primeHandleToFd(t.panthor, boHandle, 0)),
          bindOne(t, other, operation(0, { boHandle })),
          bindOne(t, own, operation(0, { boHandle })),
        ]
      },
      expected: ['-EINVAL', '-EINVAL', 0],
    },
    {
      id: 'imported',
      name: 'an imported buffer tells that it is, can be bound, and takes no BO_SYNC',
      needs: ['vgem'],
      run: (t) => {
        const boHandle = importFromVgem(t)
        const { createFlags, extraFlags } = t.must(t.backend.panthor.boQueryInfo(t.panthor, boHandle))
        const bound = bindOne(t, newVm(t), operation(0, { boHandle }))
        return [createFlags, extraFlags, bound, syncBo(t, boHandle, 0n, PAGE)]
      },
      expected: [0, 1, 0, '-EINVAL'],
    },
    {
      id: 'export-and-back',
      name: 'a buffer that is exported and imported again is the same handle',
      run: (t) => {
        const handle = newBo(t)
        const dmaBuf = t.keepFd(t.backend.drm.primeHandleToFd(t.panthor, handle, 0))
        return t.backend.drm.primeFdToHandle(t.panthor, dmaBuf) === handle
      },
      expected: true,
    },
  ]),
)
