/**
 * Panthor's buffers and address spaces. Left out: what goes over queues (VM_BIND with its flag, jobs), which a worker
 * does in its own time, values that are the GPU's, and offsets, of which the firmware's buffers have the first. A bind of pages that there are is done when the request returns.
 */
import {
  PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  PANTHOR_VM_BIND_OP_MAP_READONLY,
  PANTHOR_VM_BIND_OP_MAP_SPARSE,
  PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  PANTHOR_VM_BIND_OP_TYPE_UNMAP,
} from '../../backend/panthor-vm.js'
import { BUFFER, FILE, MAP, THROUGH, aboutBuffer, fdThrough, oneOf, type CallKind } from '../call-kind.js'
import type { CallMachine } from '../call-machine.js'
import { mapBuffer } from './buffers.js'

const PAGE = 4096
const SIZE = oneOf('bytes', [4096, 4096, 4096, 5000, 8192, 16384, 65536, 262144, 1, 0, 2097152])
/** 1: NO_MMAP, 2: WB_MMAP; both together and 8 are refused. */
const CREATE_FLAGS = oneOf('flags', [0, 0, 0, 0, 0, 0, 1, 2, 3, 8])
const EXCLUSIVE = oneOf('for VM', [0, 0, 0, 0, 0, 1, 2])
const VM = oneOf('VM', [1, 1, 1, 2, 2, 3, 0, 33])
const SPACE = oneOf('user range', [0, 0, 0, 2 ** 32, 2 ** 40, 2 ** 47, 2 ** 48, 4097])

const [NOEXEC, SPARSE] = [PANTHOR_VM_BIND_OP_MAP_NOEXEC, PANTHOR_VM_BIND_OP_MAP_SPARSE]
const UNMAP = PANTHOR_VM_BIND_OP_TYPE_UNMAP
const BIND = oneOf('operation', [
  ...[0, 0, 0, 0, NOEXEC, PANTHOR_VM_BIND_OP_MAP_READONLY, SPARSE | NOEXEC, SPARSE, 0x20],
  ...[UNMAP, UNMAP, UNMAP, UNMAP | NOEXEC, PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY, 0x3000_0000],
])
const BIND_FLAGS = oneOf('flags', [0, 0, 0, 0, 0, 0, 0, 2])

export const PANTHOR_CALLS: readonly CallKind[] = [
  {
    name: 'BO_CREATE',
    weight: 40,
    args: [FILE, BUFFER, SIZE, CREATE_FLAGS, EXCLUSIVE],
    perform(machine, file, place, sizeBytes, flags, vmId) {
      const bo = machine.backend.panthor.boCreate(machine.fd(file), BigInt(sizeBytes), flags, vmId)
      if (typeof bo === 'number') return bo
      machine.putBuffer(place, { file, handle: bo.handle, sizeBytes: Number(bo.sizeBytes), offset: 0n })
      return `${bo.handle}: ${bo.sizeBytes}`
    },
  },
  {
    name: 'BO_MMAP_OFFSET and mmap',
    weight: 36,
    args: [BUFFER, MAP],
    perform(machine, place, map) {
      const answer = mapOffset(machine, -1, place)
      return typeof answer === 'number' ? answer : `${answer}: ${mapBuffer(machine, place, map, 0)}`
    },
  },
  {
    name: 'BO_MMAP_OFFSET',
    weight: 8,
    args: [THROUGH, BUFFER],
    perform: (machine, through, place) => mapOffset(machine, through, place),
  },
  aboutBuffer('BO_SET_LABEL', 2, ({ panthor }, fd, handle) => panthor.boSetLabel(fd, handle, 'a label')),
  aboutBuffer('BO_QUERY_INFO', 4, ({ panthor }, fd, handle) => {
    const info = panthor.boQueryInfo(fd, handle)
    return typeof info === 'number' ? info : `flags ${info.createFlags}, ${info.extraFlags}`
  }),
  {
    name: 'BO_SYNC',
    weight: 4,
    args: [
      THROUGH,
      BUFFER,
      oneOf('type', [0, 1, 2]),
      oneOf('from', [0, 0, 4096, 2 ** 40]),
      oneOf('bytes', [0, 64, 4096, 2 ** 40]),
    ],
    perform(machine, through, place, type, offset, sizeBytes) {
      const { file, handle } = machine.buffer(place)
      const operation = { handle, type, offset: BigInt(offset), sizeBytes: BigInt(sizeBytes) }
      return machine.backend.panthor.boSync(fdThrough(machine, through, file), [operation])
    },
  },
  {
    name: 'VM_CREATE',
    weight: 10,
    args: [FILE, SPACE],
    perform(machine, file, range) {
      const vm = machine.backend.panthor.vmCreate(machine.fd(file), BigInt(range))
      return typeof vm === 'number' ? vm : `${vm.id}, ${vm.userVaRange.toString(16)}`
    },
  },
  {
    name: 'VM_DESTROY',
    weight: 2,
    args: [FILE, VM],
    perform: (machine, file, id) => machine.backend.panthor.vmDestroy(machine.fd(file), id),
  },
  {
    name: 'VM_GET_STATE',
    weight: 2,
    args: [FILE, VM],
    perform(machine, file, id) {
      const answer = machine.backend.panthor.vmGetState(machine.fd(file), id)
      return typeof answer === 'number' ? answer : `state ${answer.state}`
    },
  },
  {
    name: 'VM_BIND',
    weight: 45,
    args: [
      THROUGH,
      VM,
      BUFFER,
      BIND,
      oneOf('at page', [256, 256, 257, 258, 512, 0, 2 ** 36 - 1, 0.5]),
      oneOf('from page', [0, 0, 0, 0, 1, 16, 0.5]),
      oneOf('pages', [1, 1, 1, 2, 4, 16, 64, 512, 0, 0.5]),
      BIND_FLAGS,
    ],
    perform(machine, through, vmId, place, type, at, from, pages, flags) {
      const { file, handle } = machine.buffer(place)
      const operation = {
        flags: type,
        boHandle: (type & UNMAP) === 0 && (type & SPARSE) === 0 ? handle : 0,
        boOffset: BigInt(from * PAGE),
        gpuAddress: BigInt(at * PAGE),
        sizeBytes: BigInt(pages * PAGE),
        syncs: [],
      }
      const { result, failedOperation } = machine.backend.panthor.vmBind(
        fdThrough(machine, through, file),
        vmId,
        flags,
        [operation],
      )
      return failedOperation === undefined || result >= 0 ? result : `${result} of ${failedOperation}`
    },
  },
]

function mapOffset(machine: CallMachine, through: number, place: number): number | string {
  const buffer = machine.buffer(place)
  const answer = machine.backend.panthor.boMmapOffset(fdThrough(machine, through, buffer.file), buffer.handle)
  if (typeof answer === 'number') return answer
  buffer.offset = answer.offset
  return 'an offset'
}
