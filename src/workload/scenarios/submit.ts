/**
 * Workload `submit`: buffers are given away while GPU jobs use them. The shrinker must pass by what a job uses, and may
 * take it afterwards. Where no GPU executes jobs the driver gives each of them up after half a second, and until then
 * the buffers are in use all the same.
 */
import type { BufferName, Program, Workload } from '../operation.js'
import { giveAway, makeFilled, retire, type Filled, type Stage, type Steps } from '../steps.js'
import { Witnesses } from './witnesses.js'

const SIZES = [4096, 65536, 262144] as const
const CHAIN_BYTES = 4096
const JOBS_A_FRAME = 3

export class Submit implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    const targets: Filled[] = []
    const chains: BufferName[] = []
    for (let count = 0; count < JOBS_A_FRAME; count++) {
      const chain = yield* this.#chain()
      if (chain === undefined) break
      chains.push(chain)
      const target = yield* this.#submit(chain)
      if (target !== undefined) targets.push(target)
    }
    // All of them are given away by now, and in use.
    for (const { buffer } of targets) yield { op: 'wait', buffer }
    for (const target of targets) yield* retire(target)
    for (const buffer of chains) yield { op: 'close', buffer }
  }

  drain(): Program {
    return this.#witnesses.dismiss()
  }

  finish(): Program {
    return this.drain()
  }

  /** A mapped buffer for the description of a job: it is needed for as long as the job is. */
  *#chain(): Steps<BufferName | undefined> {
    const buffer = this.#stage.name()
    if ((yield { op: 'create', buffer, sizeBytes: CHAIN_BYTES, noexec: true }).result !== 'ok')
      return undefined
    if ((yield { op: 'map', buffer }).result === 'ok') return buffer
    yield { op: 'close', buffer }
    return undefined
  }

  /** A buffer that a job uses and that is given away. */
  *#submit(chain: BufferName): Steps<Filled | undefined> {
    const filled = yield* makeFilled(this.#stage, this.#stage.random.pick(SIZES))
    if (filled === undefined) return undefined
    const { buffer } = filled
    if ((yield { op: 'map', buffer }).result === 'ok') {
      yield { op: 'submit', buffer, chain }
      yield { op: 'unmap', buffer }
    }
    yield* giveAway(filled)
    return filled
  }
}
