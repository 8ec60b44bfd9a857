/** The machine's monotonic clock. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './clock.js'

/** Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share: a clock's time 0. */
export type ClockOrigin = bigint

export function clockOriginNow(): ClockOrigin {
  return process.hrtime.bigint()
}

export function createRealClock(origin: ClockOrigin): Clock {
  return {
    nowUs: () => Number((process.hrtime.bigint() - origin) / 1000n),
    cpuUs() {
      const { user, system } = process.cpuUsage()
      return user + system
    },
    async sleep(ms, signal) {
      try {
        await delay(ms, undefined, signal ? { signal } : {})
      } catch {
        // Aborted: the sleeper looks at its signal.
      }
    },
  }
}
