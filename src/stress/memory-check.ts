/** Takes the measure that oracle 6 compares: shared memory, of which GEM pages are a part. */
import type { Board } from '../board/board.js'
import { readMemory } from '../observe/meminfo.js'
import { refreshVmCounters } from '../observe/vmstat.js'
import { CGROUP_TOLERANCE_BYTES, MACHINE_TOLERANCE_BYTES } from '../oracle/memory-comes-back.js'
import type { Cgroup } from '../pressure/cgroup/cgroup.js'
import type { Recorder } from './recorder.js'

/** Memory that is freed by a worker of the kernel's, or by an exit, takes a moment to show. */
const PATIENCE_MS = 5000
const PAUSE_MS = 100

export async function checkMemory(
  board: Board,
  recorder: Recorder,
  when: 'before' | 'after',
  cgroups: { readonly run: Cgroup } | { readonly reason: string },
): Promise<void> {
  const measure = async () => {
    await refreshVmCounters(board.files)
    const { shmemBytes } = await readMemory(board.files)
    return {
      shmemBytes,
      ...('run' in cgroups && { cgroupShmemBytes: (await cgroups.run.stat()).shmemBytes }),
    }
  }
  let measured = await measure()
  const end = board.clock.nowUs() + PATIENCE_MS * 1000
  const isBack = () =>
    measured.shmemBytes <= recorder.shmemBeforeBytes + MACHINE_TOLERANCE_BYTES &&
    (measured.cgroupShmemBytes ?? 0) <= CGROUP_TOLERANCE_BYTES
  while (when === 'after' && !isBack() && board.clock.nowUs() < end) {
    await board.clock.sleep(PAUSE_MS)
    measured = await measure()
  }
  if (when === 'before') recorder.shmemBeforeBytes = measured.shmemBytes
  recorder.emit({ type: 'memory-check', t: board.clock.nowUs(), when, ...measured })
}
