/** Dma-bufs of a heap or of sealed memory: new ones must be zeroed, old ones as they were written. */
import type { BufferName } from '../operation.js'
import { fill, type Filled, type Stage, type Steps } from '../steps.js'

const HEAP = 'system'

/** A new one that was seen to be zeroed, and is filled then. `isUdmabuf`: of this process's own memory. */
export function* makeDmaBuf(stage: Stage, sizeBytes: number, isUdmabuf: boolean): Steps<Filled | undefined> {
  const buffer: BufferName = stage.name()
  const made = isUdmabuf
    ? yield { op: 'udmabuf', buffer, sizeBytes }
    : yield { op: 'heap-allocate', buffer, heap: HEAP, sizeBytes }
  if (made.result !== 'ok') return undefined
  if ((yield { op: 'map', buffer }).result === 'ok') {
    yield { op: 'zeroed', buffer }
    yield { op: 'unmap', buffer }
  }
  return yield* fill(stage, buffer)
}
