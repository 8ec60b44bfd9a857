/** Seeded random numbers: xoroshiro128+ of pure-rand, one independent stream for each actor. */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Random {
  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
}

/** Mixes the seed and the stream's number (Knuth's multiplicative constant), so that close seeds share no streams. */
const STREAM_STEP = 0x9e3779b1

export function createRandom(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus(Math.imul(stream + 1, STREAM_STEP) ^ seed)
  return {
    integer: (least, most) => uniformInt(generator, least, most),
    pick: (choices) => choices[uniformInt(generator, 0, choices.length - 1)] ?? choices[0],
  }
}
