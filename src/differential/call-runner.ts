/** Who runs programs: a board in this process, or a virtual one that is asked. */
import type { Backend } from '../backend/backend.js'
import type { Board } from '../board/board.js'
import type { BoardParts, CallOutcome } from './call-kind.js'
import { findNodes, type DeviceNodes } from './call-machine.js'
import type { CallStep } from './call-step.js'
import { runCalls } from './run-calls.js'

export interface CallRunner {
  /** How many programs it is good to hand over at a time. */
  readonly atOnce: number
  /** Programs run one after the other, in the order in which they were handed over. */
  run(steps: readonly CallStep[]): Promise<readonly CallOutcome[]>
}

/** Programs run on what `makeBoard` answers: a fresh board for each, or the same one again. */
export function localRunner(makeBoard: () => Board, nodes?: DeviceNodes): CallRunner {
  return {
    atOnce: 1,
    run(steps) {
      const board = makeBoard()
      const found = nodes ?? findNodes(board.backend)
      if (found === undefined) throw new Error(`${board.description} has no panfrost or panthor device`)
      return board.run(() => runCalls(board, found, steps))
    },
  }
}

export function partsOf(backend: Backend, nodes: DeviceNodes): BoardParts {
  const heap = backend.dmaHeap.open('system')
  if (heap >= 0) backend.dmaHeap.close(heap)
  const udmabuf = backend.udmabuf.open()
  if (udmabuf >= 0) backend.udmabuf.close(udmabuf)
  return {
    panfrost: nodes.driver === 'panfrost',
    panthor: nodes.driver === 'panthor',
    heap: heap >= 0,
    udmabuf: udmabuf >= 0,
    vgem: nodes.vgem !== undefined,
  }
}
