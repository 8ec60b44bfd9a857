import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Guest } from '../../src/vm/guest/guest.js'
import { watchGuest } from '../../src/vm/guest/watch-guest.js'

const never = new Promise<never>(() => undefined)
const silent = { ready: never, exited: never, failed: never, gone: never } as unknown as Guest
const limits = { bootTimeoutMs: Infinity, runTimeoutMs: Infinity, graceMs: 0 }

describe('the deadline of a guest', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('may be farther away than a timer can wait', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const end = watchGuest(silent, { ...limits, bootTimeoutMs: 600 * 3600_000 })
    expect(set.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1])
    await vi.runAllTimersAsync()
    expect(await end).toEqual({ kind: 'boot-deadline' })
  })
})
