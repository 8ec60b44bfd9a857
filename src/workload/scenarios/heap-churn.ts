/**
 * Workload `heap-churn`: dma-bufs of the system heap, of all its page orders, and of sealed memory (udmabuf) come and go
 * under pressure. Each is zeroed when it is new, and keeps its content until it is closed: nothing may be taken from it.
 */
import type { Program, Workload } from '../operation.js'
import { verify, type Filled, type Stage } from '../steps.js'
import { makeDmaBuf } from './heap-buffers.js'
import { Witnesses } from './witnesses.js'

/** Below, at and between the orders 0, 4 and 8 that the system heap allocates (heaps/system_heap.c). */
const SIZES = [4096, 32768, 65536, 69632, 1048576, 1_114_112, 2_097_152] as const
const LIVE = 8
/** One in so many is a udmabuf. */
const UDMABUF_SHARE = 4

export class HeapChurn implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses
  #live: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    const { random } = this.#stage
    yield* this.#witnesses.stand()
    while (this.#live.length < LIVE) {
      const isUdmabuf = random.integer(1, UDMABUF_SHARE) === 1
      const made = yield* makeDmaBuf(this.#stage, random.pick(SIZES), isUdmabuf)
      if (made === undefined) break
      this.#live.push(made)
    }
    for (const filled of this.#live.splice(0, random.integer(1, LIVE))) {
      yield* verify(filled)
      yield { op: 'close', buffer: filled.buffer }
    }
  }

  *drain(): Program {
    yield* this.#witnesses.dismiss()
    for (const filled of this.#live.splice(0)) {
      yield* verify(filled)
      yield { op: 'close', buffer: filled.buffer }
    }
  }

  finish(): Program {
    return this.drain()
  }
}
