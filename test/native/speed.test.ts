/** How fast fill and verify are beside memcmp, for people to read: machines differ, so nothing is asserted of it. */
import { expect, it } from 'vitest'
import { describeNative, granted } from './native-addon.js'

const SIZE_BYTES = 64 * 2 ** 20

function bestGigabytesPerSecond(work: () => void): number {
  let best = Infinity
  for (let i = 0; i < 5; i++) {
    const begin = process.hrtime.bigint()
    work()
    best = Math.min(best, Number(process.hrtime.bigint() - begin))
  }
  return SIZE_BYTES / best
}

describeNative('speed', ({ memory }) => {
  it('fill and verify a large mapping', () => {
    const map = granted(memory.mapAnonymous(SIZE_BYTES))
    const fill = bestGigabytesPerSecond(() => memory.fill(map, 1n, 0, SIZE_BYTES))
    const verify = bestGigabytesPerSecond(() => memory.verify(map, 1n, 0, SIZE_BYTES))
    expect(memory.verify(map, 1n, 0, SIZE_BYTES)).toBe(SIZE_BYTES)
    memory.munmap(map)
    const [a, b] = [Buffer.alloc(SIZE_BYTES, 1), Buffer.alloc(SIZE_BYTES, 1)]
    const compare = bestGigabytesPerSecond(() => a.equals(b))
    const round = (rate: number): string => rate.toFixed(1)
    console.log(`fill ${round(fill)} GB/s, verify ${round(verify)} GB/s, memcmp ${round(compare)} GB/s`)
  })
})
