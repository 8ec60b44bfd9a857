/**
 * dma-bufs: exported, of the heap, of memfds, vgem's; imported and mapped. Left out: vgem's fences, which expire by the
 * wall clock and for which DMA_BUF_IOCTL_SYNC waits.
 */
import { DRM_CLOEXEC, DRM_RDWR } from '../../backend/drm-calls.js'
import { DMA_BUF_SYNC_END, DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE } from '../../backend/dma-heap-calls.js'
import { POLLIN, POLLOUT } from '../../backend/dma-buf-calls.js'
import { F_SEAL_SHRINK, F_SEAL_WRITE } from '../../backend/udmabuf-calls.js'
import {
  ANY_FILE,
  BUFFER,
  DMA_BUF,
  FILE,
  MAP,
  SYNC_FILE,
  THROUGH,
  fdThrough,
  oneOf,
  type CallKind,
  type CallOutcome,
} from '../call-kind.js'
import { VGEM_FILE, offsetText, type CallMachine } from '../call-machine.js'

const READ_WRITE = DRM_CLOEXEC | DRM_RDWR
const EXPORT_FLAGS = oneOf('flags', [READ_WRITE, READ_WRITE, READ_WRITE, READ_WRITE, DRM_CLOEXEC, 4])
const SYNC_FLAGS = oneOf('flags', [
  DMA_BUF_SYNC_READ,
  DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE,
  DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END,
  DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_END,
  0,
  8,
])
const FENCE_FLAGS = oneOf('flags', [DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, 3, 0, 4])
const SIZE = oneOf('bytes', [1, 4096, 4096, 16384, 65536, 0])
const MEMFD_BYTES = 16384
const SEALED = oneOf('seals', [F_SEAL_SHRINK, F_SEAL_SHRINK, F_SEAL_SHRINK, 0, F_SEAL_SHRINK | F_SEAL_WRITE])

export const DMA_BUF_CALLS: readonly CallKind[] = [
  {
    name: 'primeHandleToFd',
    weight: 8,
    args: [THROUGH, BUFFER, DMA_BUF, EXPORT_FLAGS],
    perform(machine, through, place, dmaBuf, flags) {
      const { file, handle } = machine.buffer(place)
      const fd = machine.backend.drm.primeHandleToFd(fdThrough(machine, through, file), handle, flags)
      return machine.putDmaBuf(dmaBuf, fd)
    },
  },
  {
    name: 'primeFdToHandle',
    weight: 9,
    args: [ANY_FILE, DMA_BUF, BUFFER],
    perform(machine, file, dmaBuf, place) {
      const fd = machine.dmaBuf(dmaBuf)
      const handle = machine.backend.drm.primeFdToHandle(machine.fd(file), fd)
      if (handle < 0) return handle
      const sizeBytes = machine.backend.dmaHeap.size(fd)
      machine.putBuffer(place, { file, handle, sizeBytes, offset: 0n })
      return handle
    },
  },
  {
    name: 'mmap of a dma-buf',
    weight: 6,
    args: [DMA_BUF, MAP],
    perform: (machine, dmaBuf, map) => mapDmaBuf(machine, dmaBuf, map),
  },
  {
    name: 'size',
    weight: 1,
    args: [DMA_BUF],
    perform: (machine, dmaBuf) => machine.backend.dmaHeap.size(machine.dmaBuf(dmaBuf)),
  },
  {
    name: 'DMA_BUF_IOCTL_SYNC',
    weight: 3,
    args: [DMA_BUF, SYNC_FLAGS],
    perform: (machine, dmaBuf, flags) => machine.backend.dmaHeap.sync(machine.dmaBuf(dmaBuf), flags),
  },
  {
    name: 'poll',
    weight: 1,
    args: [DMA_BUF],
    perform: (machine, dmaBuf) => machine.backend.dmaBuf.poll(machine.dmaBuf(dmaBuf), POLLIN | POLLOUT, 0),
  },
  {
    name: 'DMA_BUF_IOCTL_EXPORT_SYNC_FILE',
    weight: 2,
    args: [DMA_BUF, SYNC_FILE, FENCE_FLAGS],
    perform: (machine, dmaBuf, syncFile, flags) =>
      machine.putSyncFile(syncFile, machine.backend.dmaBuf.exportSyncFile(machine.dmaBuf(dmaBuf), flags)),
  },
  {
    name: 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE',
    weight: 2,
    args: [DMA_BUF, SYNC_FILE, FENCE_FLAGS],
    perform: (machine, dmaBuf, syncFile, flags) =>
      machine.backend.dmaBuf.importSyncFile(machine.dmaBuf(dmaBuf), flags, machine.syncFile(syncFile)),
  },
  {
    name: 'close of a dma-buf',
    weight: 4,
    args: [DMA_BUF],
    perform: (machine, dmaBuf) => machine.closeDmaBuf(dmaBuf),
  },
  {
    name: 'DMA_HEAP_IOCTL_ALLOC',
    weight: 4,
    needs: 'heap',
    args: [DMA_BUF, SIZE],
    perform(machine, dmaBuf, sizeBytes) {
      const { dmaHeap } = machine.backend
      const heap = dmaHeap.open('system')
      if (heap < 0) return heap
      const fd = dmaHeap.allocate(heap, sizeBytes)
      dmaHeap.close(heap)
      return machine.putDmaBuf(dmaBuf, fd)
    },
  },
  {
    name: 'UDMABUF_CREATE',
    weight: 3,
    needs: 'udmabuf',
    args: [DMA_BUF, SIZE, SEALED, oneOf('from', [0, 0, 0, 4096, 100])],
    perform: (machine, dmaBuf, sizeBytes, seals, offset) =>
      machine.putDmaBuf(dmaBuf, createUdmabuf(machine, sizeBytes, seals, offset)),
  },
  {
    name: 'MODE_CREATE_DUMB',
    weight: 3,
    needs: 'vgem',
    args: [ANY_FILE, BUFFER, oneOf('width', [0, 1, 64, 1000]), oneOf('bits per pixel', [32, 32, 8, 0])],
    perform(machine, file, place, width, bitsPerPixel) {
      const dumb = machine.backend.drm.createDumb(machine.fd(file), width, 16, bitsPerPixel)
      if (typeof dumb === 'number') return dumb
      const { handle, pitchBytes, sizeBytes } = dumb
      machine.putBuffer(place, { file, handle, sizeBytes: Number(sizeBytes), offset: 0n })
      return `${handle}: ${sizeBytes}, ${pitchBytes} a line`
    },
  },
  {
    name: 'MODE_MAP_DUMB',
    weight: 2,
    needs: 'vgem',
    args: [oneOf('through file', [VGEM_FILE, VGEM_FILE, VGEM_FILE, 0]), BUFFER],
    perform(machine, file, place) {
      const buffer = machine.buffer(place)
      const answer = machine.backend.drm.mapDumb(machine.fd(file), buffer.handle)
      if (typeof answer === 'number') return answer
      buffer.offset = answer.offset
      return offsetText(answer.offset)
    },
  },
  {
    name: 'MODE_DESTROY_DUMB',
    weight: 1,
    needs: 'vgem',
    args: [FILE, BUFFER],
    perform: (machine, file, place) =>
      machine.backend.drm.destroyDumb(machine.fd(file), machine.buffer(place).handle),
  },
]

function mapDmaBuf(machine: CallMachine, dmaBuf: number, map: number): CallOutcome {
  const fd = machine.dmaBuf(dmaBuf)
  const sizeBytes = machine.backend.dmaHeap.size(fd)
  if (sizeBytes < 0) return sizeBytes
  const answer = machine.backend.memory.mmap(fd, 0n, sizeBytes)
  if (typeof answer === 'number') return answer
  machine.putMap(map, answer)
  return sizeBytes
}

function createUdmabuf({ backend }: CallMachine, sizeBytes: number, seals: number, offset: number): number {
  const { udmabuf } = backend
  const memfd = udmabuf.createMemfd('differential', MEMFD_BYTES)
  if (memfd < 0) return memfd
  const device = udmabuf.open()
  try {
    if (device < 0) return device
    if (seals !== 0) udmabuf.addSeals(memfd, seals)
    return udmabuf.create(device, { memfd, offset: BigInt(offset), sizeBytes: BigInt(sizeBytes) })
  } finally {
    if (device >= 0) udmabuf.close(device)
    udmabuf.close(memfd)
  }
}
