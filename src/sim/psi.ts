/** Pressure stall information of memory: kernel/sched/psi.c (6.12), updated when it is read. */

const PERIOD_NS = 2_000_000_000
const FIXED_1 = 2048
/** Fixed-point factors of an average over 10, 60 and 300 s, one step each 2 s. */
const DECAY = [1677, 1981, 2034] as const

class Stall {
  totalNs = 0
  #untilNs = 0
  #countedNs = 0
  #averages: [number, number, number] = [0, 0, 0]

  /** Stalls that overlap count once. They are told in the order of their starts. */
  add(startNs: number, endNs: number): void {
    this.totalNs += Math.max(0, endNs - Math.max(startNs, this.#untilNs))
    this.#untilNs = Math.max(this.#untilNs, endNs)
  }

  step(): void {
    const sampleNs = Math.min(this.totalNs - this.#countedNs, PERIOD_NS)
    this.#countedNs += sampleNs
    // Whole percents: calc_avgs() divides before it goes to fixed point.
    const percent = Math.floor((sampleNs * 100) / PERIOD_NS) * FIXED_1
    const next = (average: number, decay: number): number => {
      const sum = average * decay + percent * (FIXED_1 - decay) + (percent >= average ? FIXED_1 - 1 : 0)
      return Math.floor(sum / FIXED_1)
    }
    const [ten, sixty, threeHundred] = this.#averages
    this.#averages = [next(ten, DECAY[0]), next(sixty, DECAY[1]), next(threeHundred, DECAY[2])]
  }

  text(name: string): string {
    const [ten, sixty, threeHundred] = this.#averages.map((average) => {
      const hundredths = Math.floor(((average % FIXED_1) * 100) / FIXED_1)
      return `${Math.floor(average / FIXED_1)}.${String(hundredths).padStart(2, '0')}`
    })
    const totalUs = Math.floor(this.totalNs / 1000)
    return `${name} avg10=${ten ?? ''} avg60=${sixty ?? ''} avg300=${threeHundred ?? ''} total=${totalUs}\n`
  }
}

/** The stalls of one group of tasks: the machine's, or a cgroup's. */
export class PsiGroup {
  readonly some = new Stall()
  readonly full = new Stall()
  #nextStepNs = PERIOD_NS

  /** A task waited for memory from start to end; `alone` when no other task of the machine did useful work then. */
  stall(startNs: number, endNs: number, alone: boolean): void {
    this.some.add(startNs, endNs)
    if (alone) this.full.add(startNs, endNs)
  }

  /** What /proc/pressure/memory or memory.pressure shows. */
  text(nowNs: number): string {
    // Averages of a long quiet time are all zero, so there is no need to step through more than that.
    this.#nextStepNs = Math.max(this.#nextStepNs, nowNs - 1000 * PERIOD_NS)
    for (; this.#nextStepNs <= nowNs; this.#nextStepNs += PERIOD_NS) {
      this.some.step()
      this.full.step()
    }
    return this.some.text('some') + this.full.text('full')
  }
}
