/** The thread that all scenarios share: reclaim, again and again. */
import type { Kernel } from '../../sim/kernel.js'
import { reclaim } from '../../sim/sched/allocation.js'
import type { Scheduler } from '../../sim/sched/scheduler.js'

export function spawnKswapd(kernel: Kernel, scheduler: Scheduler, rounds: number): void {
  scheduler.spawn('kswapd0', function* () {
    for (let i = 0; i < rounds; i++) yield* scheduler.doing('reclaim', reclaim(kernel, 128, 'balance_pgdat'))
  })
}
