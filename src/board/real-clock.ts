/** The machine's monotonic clock. */
import { openSync, readSync } from 'node:fs'
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
    dateMs: () => Date.now(),
    cpuUs: mainThreadUs,
    async sleep(ms, signal) {
      try {
        await delay(ms, undefined, signal ? { signal } : {})
      } catch {
        // Aborted: the sleeper looks at its signal.
      }
    },
  }
}

/** The main thread's schedstat (fs/proc/base.c, proc_pid_schedstat, 6.12), kept open: it is asked for many times. */
let schedstat: number | undefined
const text = Buffer.alloc(64)

/** Without the other threads: one that writes to memory.reclaim does the kernel's work for seconds. */
function mainThreadUs(): number {
  try {
    schedstat ??= openSync('/proc/self/schedstat', 'r')
    const length = readSync(schedstat, text, 0, text.length, 0)
    const ns = Number.parseInt(text.toString('latin1', 0, length), 10)
    if (ns > 0) return Math.floor(ns / 1000)
  } catch {
    // A kernel without CONFIG_SCHED_INFO.
  }
  const { user, system } = process.cpuUsage()
  return user + system
}
