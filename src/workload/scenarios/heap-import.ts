/**
 * Workload `heap-import`: dma-bufs of the system heap are imported into the GPU driver and given away there. Imported
 * memory is not the driver's to purge: it must survive all pressure, seen from both sides.
 */
import type { BufferName, Program, Workload } from '../operation.js'
import { verify, type Filled, type Stage, type Steps } from '../steps.js'
import { makeDmaBuf } from './heap-buffers.js'
import { Witnesses } from './witnesses.js'

const SIZES = [4096, 65536, 1048576] as const
const LIVE = 8

interface Imported extends Filled {
  readonly imported: BufferName
}

export class HeapImport implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses
  #live: Imported[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    while (this.#live.length < LIVE) {
      const made = yield* this.#import()
      if (made === undefined) break
      this.#live.push(made)
    }
    for (const { imported } of this.#live) yield { op: 'madvise', buffer: imported, advice: 'dontneed' }
    for (const filled of this.#live) yield* verify(filled)
    for (const leaving of this.#live.splice(0, this.#stage.random.integer(1, LIVE)))
      yield* this.#close(leaving)
  }

  *drain(): Program {
    yield* this.#witnesses.dismiss()
    for (const leaving of this.#live.splice(0)) yield* this.#close(leaving)
  }

  finish(): Program {
    return this.drain()
  }

  *#import(): Steps<Imported | undefined> {
    const filled = yield* makeDmaBuf(this.#stage, this.#stage.random.pick(SIZES), false)
    if (filled === undefined) return undefined
    const imported = this.#stage.name()
    const answer = yield { op: 'import', buffer: imported, from: filled.buffer }
    if (answer.result === 'ok') return { ...filled, imported }
    yield { op: 'close', buffer: filled.buffer }
    return undefined
  }

  *#close({ buffer, imported, seed }: Imported): Program {
    yield { op: 'madvise', buffer: imported, advice: 'willneed' }
    yield* verify({ buffer: imported, seed })
    yield { op: 'close', buffer: imported }
    yield* verify({ buffer, seed })
    yield { op: 'close', buffer }
  }
}
