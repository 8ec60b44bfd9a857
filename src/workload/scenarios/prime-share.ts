/**
 * Workload `prime-share`: buffers are exported and imported into a second open file. What is shared must not be purged,
 * whoever gave it away (Panfrost refuses DONTNEED with EINVAL while two files map a buffer, and its shrinker leaves
 * exported ones alone); once it is not shared any more, it may be.
 */
import type { BufferName, Program, Workload } from '../operation.js'
import { makeFilled, retire, verify, type Filled, type Stage, type Steps } from '../steps.js'
import { Witnesses } from './witnesses.js'

const SIZES = [4096, 65536, 262144] as const
const SHARED = 12

interface Shared extends Filled {
  /** Its name in the second file; absent once that is closed. */
  imported?: BufferName
}

export class PrimeShare implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses
  #file: BufferName | undefined
  #shared: Shared[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    const file = yield* this.#secondFile()
    if (file === undefined) return
    while (this.#shared.length < Math.min(SHARED, this.#stage.buffers)) {
      if (!(yield* this.#share(file))) break
    }
    const { random } = this.#stage
    for (const shared of this.#shared) {
      if (shared.imported !== undefined) yield* verify({ buffer: shared.imported, seed: shared.seed })
      if (shared.imported !== undefined && random.integer(0, 3) === 0) {
        yield { op: 'close', buffer: shared.imported }
        delete shared.imported
      }
      yield { op: 'madvise', buffer: shared.buffer, advice: 'willneed' }
      yield* verify(shared)
    }
    const [oldest] = this.#shared
    if (oldest !== undefined && oldest.imported === undefined) {
      this.#shared.shift()
      yield* retire(oldest)
    }
    // Until the next frame. Refused while it is in both files; granted, and without effect, while it is only exported.
    for (const { buffer } of this.#shared) yield { op: 'madvise', buffer, advice: 'dontneed' }
  }

  *drain(): Program {
    yield* this.#witnesses.dismiss()
    const all = this.#shared
    this.#shared = []
    for (const shared of all) {
      if (shared.imported !== undefined) yield { op: 'close', buffer: shared.imported }
      yield* retire(shared)
    }
  }

  *finish(): Program {
    yield* this.drain()
    if (this.#file !== undefined) yield { op: 'close', buffer: this.#file }
    this.#file = undefined
  }

  *#secondFile(): Steps<BufferName | undefined> {
    if (this.#file !== undefined) return this.#file
    const buffer = this.#stage.name()
    const opened = yield { op: 'open', buffer }
    if (opened.result === 'ok') this.#file = buffer
    return this.#file
  }

  *#share(file: BufferName): Steps<boolean> {
    const filled = yield* makeFilled(this.#stage, this.#stage.random.pick(SIZES))
    if (filled === undefined) return false
    const shared: Shared = { ...filled }
    this.#shared.push(shared)
    if ((yield { op: 'export', buffer: filled.buffer }).result !== 'ok') return false
    const buffer = this.#stage.name()
    if ((yield { op: 'import', buffer, from: filled.buffer, file }).result !== 'ok') return false
    shared.imported = buffer
    return true
  }
}
