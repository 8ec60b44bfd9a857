/** Reads the machine's memory state at a steady pace while a run goes. */
import type { Board } from '../board/board.js'
import { readMemory } from '../observe/meminfo.js'
import { readVmCounters } from '../observe/vmstat.js'
import type { Recorder } from './recorder.js'

const PERIOD_MS = 250

export function startSampler(board: Board, recorder: Recorder): { stop(): Promise<void> } {
  const end = new AbortController()
  const sampling = (async () => {
    while (!end.signal.aborted) {
      const { freeBytes, availableBytes, shmemBytes, swapFreeBytes } = await readMemory(board.files)
      const memory = { freeBytes, availableBytes, shmemBytes, swapFreeBytes }
      recorder.emit({
        type: 'sample',
        t: board.clock.nowUs(),
        ...memory,
        ...(await readVmCounters(board.files)),
      })
      await board.clock.sleep(PERIOD_MS, end.signal)
    }
  })()
  // A failure is looked at in stop(); without this it would end the process before.
  sampling.catch(() => undefined)
  return {
    async stop() {
      end.abort()
      await sampling
    },
  }
}
