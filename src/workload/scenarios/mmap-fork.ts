/**
 * Workload `mmap-fork`: mappings are inherited by processes that unmap parts of them, run another program or end, while
 * the buffers are given away and closed (drm_gem_shmem_vm_open and its error paths, drm/shmem-helper: fixes of 2023).
 */
import type { Program, Workload } from '../operation.js'
import { giveAway, makeFilled, retire, verify, type Filled, type Stage } from '../steps.js'
import { Witnesses } from './witnesses.js'

/** One page cannot be cut in half: that is one case, too. */
const SIZES = [4096, 12288, 65536, 262144] as const
const BUFFERS_A_FRAME = 4
/** Starting a program takes a while: one fork in so many ends so. */
const EXEC_SHARE = 16

export class MmapFork implements Workload {
  readonly #stage: Stage
  readonly #witnesses: Witnesses
  #given: Filled[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    this.#witnesses = new Witnesses(stage)
  }

  *frame(): Program {
    yield* this.#witnesses.stand()
    for (let count = 0; count < BUFFERS_A_FRAME; count++) yield* this.#inherit()
    const { random, buffers } = this.#stage
    while (this.#given.length > buffers / 4) {
      const [filled] = this.#given.splice(random.integer(0, this.#given.length - 1), 1)
      if (filled !== undefined) yield* retire(filled)
    }
  }

  *drain(): Program {
    yield* this.#witnesses.dismiss()
    const given = this.#given
    this.#given = []
    for (const filled of given) yield* retire(filled)
  }

  finish(): Program {
    return this.drain()
  }

  *#inherit(): Program {
    const { random } = this.#stage
    const filled = yield* makeFilled(this.#stage, random.pick(SIZES))
    if (filled === undefined) return
    const { buffer, seed } = filled
    if ((yield { op: 'map', buffer }).result === 'ok') {
      yield { op: 'verify-in-fork', buffer, seed, exec: random.integer(1, EXEC_SHARE) === 1 }
      yield { op: 'verify', buffer, seed }
      yield { op: 'unmap', buffer }
    }
    if (random.integer(0, 1) === 0) {
      yield* verify(filled)
      yield { op: 'close', buffer }
      return
    }
    yield* giveAway(filled)
    this.#given.push(filled)
  }
}
