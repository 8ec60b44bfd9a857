/** Oracle 6: when everything is closed, the memory is back where it was. */
import type { MemoryCheckEvent } from '../events/stress-event.js'
import type { Oracle } from './oracle.js'

const MIB = 1024 * 1024
/**
 * Other processes of a machine use shmem too, and the kernel's counters lag by some pages for each processor. A cgroup
 * is ours alone, but its statistics are folded from per-processor batches as well.
 */
export const MACHINE_TOLERANCE_BYTES = 2 * MIB
export const CGROUP_TOLERANCE_BYTES = MIB / 2

export function memoryComesBack(): Oracle {
  let before: MemoryCheckEvent | undefined
  return {
    name: 'memory-comes-back',
    observe(event) {
      if (event.type !== 'memory-check') return undefined
      if (event.when === 'before') {
        before = event
        return undefined
      }
      const grown = event.shmemBytes - (before?.shmemBytes ?? 0)
      if (grown > MACHINE_TOLERANCE_BYTES)
        return `${kib(grown)} more shared memory in use than before the run`
      const charged = event.cgroupShmemBytes ?? 0
      if (charged > CGROUP_TOLERANCE_BYTES)
        return `${kib(charged)} of shared memory still charged to the cgroup`
      return undefined
    },
  }
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
