/**
 * Whether two groups of runs differ. The unit is the run: what happens within one is not independent, as one scan purges
 * many buffers. A permutation test of the difference between mean ranks (Wilcoxon's rank sum, without its normal
 * approximation), then the false discovery rate of all tests together held by Benjamini and Hochberg's procedure (1995).
 */
import { permutationTest } from 'simple-statistics'
import { createRandom } from '../../workload/random.js'

/** With fewer runs on each side no outcome of the test can be significant: 2 of 20 orders of three and three are 0.1. */
export const LEAST_RUNS = 4
const PERMUTATIONS = 10_000
const RANDOM_STEPS = 2 ** 30

/** The probability of a difference as large as this one, were both groups alike. The same input gives the same answer. */
export function probability(a: readonly number[], b: readonly number[]): number {
  const ranks = midRanks([...a, ...b])
  const random = createRandom(1)
  const p = permutationTest(ranks.slice(0, a.length), ranks.slice(a.length), 'two_side', PERMUTATIONS, () => {
    return random.integer(0, RANDOM_STEPS - 1) / RANDOM_STEPS
  })
  // The order that was met is one of the permutations, so that no probability is 0.
  return (p * PERMUTATIONS + 1) / (PERMUTATIONS + 1)
}

/** Equal values share the mean of their ranks. */
function midRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

/** Each probability as the smallest false discovery rate at which it would count. */
export function discoveryRates(probabilities: readonly number[]): number[] {
  const order = probabilities.map((p, index) => ({ p, index })).sort((a, b) => b.p - a.p)
  const rates: number[] = []
  let least = 1
  for (const [at, { p, index }] of order.entries()) {
    least = Math.min(least, (p * order.length) / (order.length - at))
    rates[index] = least
  }
  return rates
}
