/** Buffers: made (Panfrost's), mapped, advised, reclaimed and closed. */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC, PANFROST_BO_WB_MMAP } from '../../backend/panfrost-calls.js'
import { BUFFER, FILE, MAP, THROUGH, fdThrough, oneOf, type CallKind } from '../call-kind.js'
import { offsetText, type CallMachine } from '../call-machine.js'

/** The last one is above every GPU address space: it is refused before anything is allocated. */
const SIZE = oneOf('bytes', [
  ...[4096, 4096, 4096, 4096, 4096, 4096, 4096, 4096, 5000, 8192, 16384, 16384, 65536, 262144],
  ...[1, 0, 2097152, 0xffffffff],
])

const { NOEXEC, HEAP, WB_MMAP } = {
  NOEXEC: PANFROST_BO_NOEXEC,
  HEAP: PANFROST_BO_HEAP,
  WB_MMAP: PANFROST_BO_WB_MMAP,
}
const CREATE_FLAGS = oneOf('flags', [
  ...[0, 0, 0, 0, NOEXEC, NOEXEC, NOEXEC, NOEXEC, NOEXEC],
  ...[NOEXEC | HEAP, HEAP, NOEXEC | WB_MMAP, NOEXEC | HEAP | WB_MMAP, 8],
])

/** MADVISE stores whatever it is told; what is negative as an int reads as purged (panfrost_drv.c, 6.12). */
const ADVICE = oneOf('advice', [
  ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 2],
  ...[0x7fffffff, 0x80000000, 0xffffffff],
])

/** Of what is mapped: all of it, a page, or a page more than there is. */
const LENGTH = oneOf('pages more', [0, 0, 0, -1, 1])

const DROP_CACHES = '/proc/sys/vm/drop_caches'

export const BUFFER_CALLS: readonly CallKind[] = [
  {
    name: 'createBo',
    needs: 'panfrost',
    weight: 30,
    args: [FILE, BUFFER, SIZE, CREATE_FLAGS],
    perform(machine, file, place, sizeBytes, flags) {
      const bo = machine.backend.panfrost.createBo(machine.fd(file), sizeBytes, flags)
      if (typeof bo === 'number') return bo
      const { handle, gpuAddress } = bo
      machine.putBuffer(place, { file, handle, sizeBytes: wholePages(sizeBytes), offset: 0n })
      return `${handle} at ${gpuAddress.toString(16)}`
    },
  },
  {
    name: 'mmapBo and mmap',
    needs: 'panfrost',
    weight: 24,
    args: [BUFFER, MAP],
    perform(machine, place, map) {
      const answer = mapOffset(machine, -1, place, 0)
      return typeof answer === 'number' ? answer : `${answer}: ${mapBuffer(machine, place, map, 0)}`
    },
  },
  {
    name: 'mmapBo',
    needs: 'panfrost',
    weight: 12,
    args: [THROUGH, BUFFER, oneOf('flags', [0, 0, 0, 0, 0, 1])],
    perform: (machine, through, place, flags) => mapOffset(machine, through, place, flags),
  },
  {
    name: 'mmap',
    weight: 5,
    args: [BUFFER, MAP, LENGTH],
    perform: (machine, place, map, more) => mapBuffer(machine, place, map, more),
  },
  {
    name: 'madvise',
    needs: 'panfrost',
    weight: 45,
    args: [THROUGH, BUFFER, ADVICE],
    perform(machine, through, place, advice) {
      const { file, handle } = machine.buffer(place)
      return machine.backend.panfrost.madvise(fdThrough(machine, through, file), handle, advice)
    },
  },
  {
    name: 'gemClose',
    weight: 6,
    args: [THROUGH, BUFFER],
    perform(machine, through, place) {
      const { file, handle } = machine.buffer(place)
      return machine.backend.drm.gemClose(fdThrough(machine, through, file), handle)
    },
  },
  {
    name: 'open',
    weight: 5,
    args: [oneOf('file', [0, 1, 2, 3])],
    perform: (machine, file) => machine.open(file),
  },
  {
    name: 'close',
    weight: 1,
    args: [oneOf('file', [0, 1, 2, 3])],
    perform: (machine, file) => machine.close(file),
  },
  {
    /**
     * All that can be purged is: how much of it any other pressure takes depends on the rest of the machine. The order
     * shows only on a kernel whose shrinkers can be asked one by one.
     */
    name: 'drop_caches',
    weight: 6,
    args: [],
    perform: ({ board }) => board.files.write(DROP_CACHES, '2'),
  },
]

function mapOffset(machine: CallMachine, through: number, place: number, flags: number): number | string {
  const buffer = machine.buffer(place)
  const answer = machine.backend.panfrost.mmapBo(
    fdThrough(machine, through, buffer.file),
    buffer.handle,
    flags,
  )
  if (typeof answer === 'number') return answer
  buffer.offset = answer.offset
  return offsetText(answer.offset)
}

/** What was made or asked for last in that place. */
export function mapBuffer(machine: CallMachine, place: number, map: number, morePages: number): number {
  const { file, sizeBytes, offset } = machine.buffer(place)
  const lengthBytes = Math.max(4096, sizeBytes + morePages * 4096)
  const answer = machine.backend.memory.mmap(machine.fd(file), offset, lengthBytes)
  if (typeof answer === 'number') return answer
  machine.putMap(map, answer)
  return 0
}

export function wholePages(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4096) * 4096
}
