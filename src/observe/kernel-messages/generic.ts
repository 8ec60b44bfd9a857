/** Messages that any part of the kernel can print (6.12, 7.2), the worst first. */
import type { KernelMessage } from './message.js'

export const BROKEN_MESSAGES: readonly KernelMessage[] = [
  { name: 'kasan', pattern: /BUG: KASAN: /, severity: 'fail', meaning: 'KASAN found a memory error' },
  { name: 'kfence', pattern: /BUG: KFENCE: /, severity: 'fail', meaning: 'KFENCE found a memory error' },
  { name: 'ubsan', pattern: /^UBSAN: /m, severity: 'error', meaning: 'undefined behaviour' },
  {
    name: 'oops',
    pattern:
      // Of user space the line of a general protection fault begins with `traps: `.
      /BUG: unable to handle|Unable to handle kernel|Internal error: |kernel BUG at|Oops(?: - |: )|Unhandled fault: |^general protection fault/m,
    severity: 'fail',
    meaning: 'the kernel accessed what it may not, or met a BUG',
  },
  {
    name: 'serror',
    pattern: /SError Interrupt/,
    severity: 'fail',
    meaning: 'an asynchronous external abort (arm64): the hardware answered an access with an error',
  },
  { name: 'panic', pattern: /Kernel panic - not syncing/, severity: 'fail', meaning: 'the kernel is dead' },
  {
    name: 'list-corruption',
    pattern: /list_(add|del)\S* corruption/,
    severity: 'fail',
    meaning: 'a linked list is corrupt',
  },
  {
    name: 'refcount',
    pattern: /refcount_t: (saturated|addition on 0|underflow|decrement hit 0)/,
    severity: 'fail',
    meaning: 'a reference counter is wrong',
  },
  {
    name: 'page-accounting',
    pattern: /BUG: Bad (page state|page map|page cache|rss-counter)/,
    severity: 'fail',
    meaning: 'the accounting of pages is wrong',
  },
  {
    name: 'atomic-context',
    pattern: /BUG: sleeping function called from invalid context|BUG: scheduling while atomic/,
    severity: 'fail',
    meaning: 'code slept where it may not',
  },
  {
    name: 'lockup',
    pattern: /BUG: soft lockup - CPU#\d+ stuck for|Watchdog detected hard LOCKUP|hard LOCKUP on cpu/,
    severity: 'fail',
    meaning: 'a processor did not schedule; also seen when a virtual machine was stopped for long',
  },
  {
    name: 'lockdep-off',
    pattern: /BUG: MAX_LOCK|turning off the locking correctness validator/,
    severity: 'suspicious',
    meaning: 'lockdep switched itself off: it finds nothing any more',
  },
  {
    name: 'lockdep',
    pattern:
      /possible circular locking dependency|possible recursive locking|inconsistent lock state|lock order detected|possible irq lock inversion|Invalid wait context|bad unlock balance|held lock freed|suspicious RCU usage|possible interrupt unsafe locking/i,
    severity: 'fail',
    meaning: 'lockdep found a wrong use of locks',
  },
  {
    name: 'hung-task',
    pattern: /INFO: task .+ blocked (?:in I\/O wait )?for more than \d+ seconds/,
    severity: 'error',
    meaning: 'a task waits in the kernel without end',
  },
  {
    name: 'rcu-stall',
    pattern: /rcu.*(self-detected stall|detected stalls|expedited stalls)/,
    severity: 'error',
    meaning: 'a processor holds up RCU; also seen when a virtual machine was stopped for long',
  },
  { name: 'bug', pattern: /^BUG: /m, severity: 'fail', meaning: 'the kernel says that it has a bug' },
]

/** After those of drivers: whatever else warns. */
export const OTHER_WARNINGS: readonly KernelMessage[] = [
  {
    name: 'drm-warning',
    pattern: /drm_WARN_ON(_ONCE)?\(/,
    severity: 'fail',
    meaning: 'an invariant of a DRM driver does not hold',
  },
  {
    name: 'warning',
    pattern: /^WARNING: (CPU: \d+ PID: \d+ at )?\S+:\d+ (at )?\S+/m,
    severity: 'fail',
    meaning: 'the kernel warned',
  },
  { name: 'warning', pattern: /^WARNING: /m, severity: 'fail', meaning: 'the kernel warned' },
]
