import { expect, test } from 'vitest'
import { StallMeter } from '../../src/pressure/stall-meter.js'
import { createFakeBoard } from '../../src/board/fake-board.js'

/** A meter on a machine whose clock and PSI file say what the test says. */
function metered() {
  const { clock, files } = createFakeBoard()
  const state = { nowUs: 0, fullUs: 0, hasPsi: true }
  const psi = () => `some avg10=0.00 total=${state.fullUs}\nfull avg10=0.00 total=${state.fullUs}\n`
  const meter = new StallMeter({
    clock: { ...clock, nowUs: () => state.nowUs },
    files: { ...files, read: () => Promise.resolve(state.hasPsi ? psi() : -2) },
  })
  const after = (us: number, stalledUs: number) => {
    state.nowUs += us
    state.fullUs += stalledUs
    return meter.fullPercent()
  }
  return { state, after }
}

test('tells the share of the last half second at the least', async () => {
  const { after } = metered()
  expect(await after(0, 5_000_000)).toBe(0)
  expect(await after(1_000_000, 400_000)).toBe(40)
  // Too soon to tell anything new.
  expect(await after(100_000, 100_000)).toBe(40)
  expect(await after(900_000, 150_000)).toBe(25)
  expect(await after(1_000_000, 0)).toBe(0)
})

test('never tells more than all of it, and nothing where the kernel does not', async () => {
  const { state, after } = metered()
  await after(0, 0)
  expect(await after(1_000_000, 3_000_000)).toBe(100)
  state.hasPsi = false
  expect(await after(1_000_000, 1_000_000)).toBe(0)
})
