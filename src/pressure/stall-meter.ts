/** How much of the last moments everybody waited for memory: PSI's own averages tell of the last 10 s at the least. */
import type { Board } from '../board/board.js'
import { readStallTimes } from '../observe/pressure-stall.js'

/** Each reading brings the totals up to date (kernel/sched/psi.c, psi_show): short, and long enough to be no single stall. */
const WINDOW_US = 500_000

export class StallMeter {
  readonly #board: Pick<Board, 'clock' | 'files'>
  #last: { readonly atUs: number; readonly fullUs: number } | undefined
  #percent = 0

  constructor(board: Pick<Board, 'clock' | 'files'>) {
    this.#board = board
  }

  /** Of the last half second or more, in which all non-idle tasks waited for memory: 0 to 100. 0 without CONFIG_PSI. */
  async fullPercent(): Promise<number> {
    const now = this.#board.clock.nowUs()
    if (this.#last !== undefined && now - this.#last.atUs < WINDOW_US) return this.#percent
    const times = await readStallTimes(this.#board.files)
    if (times === undefined) return 0
    // What reading took, on a machine that stalls, belongs to the window.
    const atUs = this.#board.clock.nowUs()
    if (this.#last !== undefined)
      this.#percent = Math.min(100, ((times.fullUs - this.#last.fullUs) / (atUs - this.#last.atUs)) * 100)
    this.#last = { atUs, fullUs: times.fullUs }
    return this.#percent
  }
}
