/** What mapped memory holds. An access to what was purged is RAISED_SIGBUS. */
import type { MapHandle } from '../../backend/memory-calls.js'
import { MAP, oneOf, type CallKind, type CallOutcome } from '../call-kind.js'
import type { CallMachine } from '../call-machine.js'

const SEED = oneOf('seed', [1, 2])
/** Of pages, around their borders. */
const OFFSET = oneOf('from', [0, 0, 0, 0, 1, 4088, 4096, 4100, 12288, 300000])
const ALL = -1
const LENGTH = oneOf('bytes', [ALL, ALL, 8, 16, 4096, 5000])

/** The end of a mapping is that of what was mapped where nothing else is said; beyond it is EINVAL. */
function access(
  machine: CallMachine,
  place: number,
  offset: number,
  length: number,
  call: (map: MapHandle, length: number) => CallOutcome,
): CallOutcome {
  const map = machine.map(place)
  if (map === undefined) return 'nothing is mapped'
  return call(map, length === ALL ? Math.max(0, map.lengthBytes - offset) : length)
}

export const MEMORY_CALLS: readonly CallKind[] = [
  {
    name: 'fill',
    weight: 14,
    args: [MAP, SEED, OFFSET, LENGTH],
    perform: (machine, place, seed, offset, length) =>
      access(machine, place, offset, length, (map, bytes) =>
        machine.backend.memory.fill(map, BigInt(seed), offset, bytes),
      ),
  },
  {
    name: 'verify',
    weight: 16,
    args: [MAP, SEED, OFFSET, LENGTH],
    perform: (machine, place, seed, offset, length) =>
      access(machine, place, offset, length, (map, bytes) =>
        machine.backend.memory.verify(map, BigInt(seed), offset, bytes),
      ),
  },
  {
    name: 'read',
    weight: 10,
    args: [MAP, OFFSET],
    perform: (machine, place, offset) =>
      access(machine, place, offset, 8, (map, bytes) => {
        const content = machine.backend.memory.read(map, offset, bytes)
        return typeof content === 'number' ? content : Buffer.from(content).toString('hex')
      }),
  },
  {
    name: 'munmap',
    weight: 8,
    args: [MAP],
    perform(machine, place) {
      const map = machine.map(place)
      if (map === undefined) return 'nothing is mapped'
      const answer = machine.backend.memory.munmap(map)
      machine.putMap(place, undefined)
      return answer
    },
  },
]
