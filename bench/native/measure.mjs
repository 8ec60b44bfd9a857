// Runs ways of doing one thing in turn, round after round, so that what disturbs the machine meets all of them.

/**
 * @typedef {object} Way
 * @property {string} name
 * @property {number} operations how many one round of the loop does
 * @property {(count: number) => number | Promise<number>} run the nanoseconds of `count` rounds of the loop
 * @property {number} [warmUp] at least so many rounds of the loop before it is measured, for V8 to compile what is hot
 */

/** No time is shorter: the clock itself takes some. */
const MINIMUM_NS = 1
const WARM_UP_STEP = 100

/**
 * ns for one operation: for each way an array with one number for each round.
 *
 * @param {readonly Way[]} ways
 * @param {{ rounds: number, milliseconds: number, isWarm: boolean }} size milliseconds: how long one way runs in one
 * round, about; isWarm: whether to warm up
 * @returns {Promise<Record<string, number[]>>}
 */
export async function measure(ways, { rounds, milliseconds, isWarm }) {
  const counts = new Map()
  for (const way of ways) {
    if (isWarm) await warmUp(way)
    counts.set(way, await calibrate(way, milliseconds * 1e6))
  }
  const results = Object.fromEntries(ways.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    // To and fro: none of them always runs after the same other one.
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const count = counts.get(way)
      results[way.name].push(Math.max(MINIMUM_NS, await way.run(count)) / (count * way.operations))
    }
  }
  return results
}

/** With pauses, in which V8 puts what it has compiled in place, and lets go of what a WeakRef keeps. */
async function warmUp(way) {
  for (let done = 0; done < (way.warmUp ?? 0); done += WARM_UP_STEP) {
    await way.run(WARM_UP_STEP)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** How many rounds of the loop take that long. */
async function calibrate(way, nanoseconds) {
  for (let count = 1; ; count *= 2) {
    const elapsed = Math.max(MINIMUM_NS, await way.run(count))
    if (elapsed >= nanoseconds / 2) return Math.max(1, Math.round((count * nanoseconds) / elapsed))
  }
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The nanoseconds that `work` took. */
export function timed(work) {
  const begin = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - begin)
}
