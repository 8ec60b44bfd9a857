/** Messages that belong to making a kernel reclaim, and why each is no fault of it. */
import type { KernelMessage } from './message.js'

export const BENIGN_MESSAGES: readonly KernelMessage[] = [
  {
    name: 'drop-caches',
    pattern: /\S+ \(\d+\): drop_caches: \d/,
    severity: 'information',
    meaning: 'somebody wrote to drop_caches; so do pressure sources',
  },
  {
    name: 'oom-killed',
    pattern: /(Out of memory|Memory cgroup out of memory): Killed process \d+ \(/,
    severity: 'information',
    meaning: 'the OOM killer took a process; the events oom-kill tell whether it was one of ours',
  },
  {
    name: 'oom-invoked',
    pattern: /invoked oom-killer: |oom-kill:constraint=/,
    severity: 'information',
    meaning: 'the OOM killer was called, as hogs provoke it',
  },
  {
    name: 'oom-reaper-failed',
    pattern: /oom_reaper: unable to reap/,
    severity: 'suspicious',
    meaning: 'the memory of a killed process was not taken back at once',
  },
  {
    name: 'oom-reaper',
    pattern: /oom_reaper: reaped process/,
    severity: 'information',
    meaning: 'the memory of a killed process was taken back',
  },
  {
    name: 'allocation-failure',
    pattern: /page allocation failure: order:|page allocation stall(s)? for/,
    severity: 'suspicious',
    meaning: 'an allocation failed or was slow under pressure; GEM pages never print this',
  },
  {
    name: 'load',
    pattern: /workqueue: .* hogged CPU|sched: DL replenish lagg|perf: interrupt took too long/,
    severity: 'information',
    meaning: 'the machine is loaded',
  },
]
