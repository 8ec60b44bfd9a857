/** How many lock points a second the scheduler steps: `npx tsx bench/sim/scheduler.ts`. */
import { Kernel } from '../../src/sim/kernel.js'
import { Lock } from '../../src/sim/sched/lock.js'
import type { Path } from '../../src/sim/sched/path.js'
import { Scheduler } from '../../src/sim/sched/scheduler.js'
import { runScenario } from '../../src/hunt/run-scenario.js'
import { SCENARIOS } from '../../src/hunt/scenarios/all.js'

const POINTS = 1_000_000

function* locks(own: Lock, shared: Lock): Path<void> {
  for (let i = 0; i < POINTS / 16; i++) {
    yield own.lock('bench')
    yield shared.lock('bench')
    yield shared.unlock('bench')
    yield own.unlock('bench')
  }
}

function rate(points: number, startUs: number): string {
  return Math.round(
    points / ((process.cpuUsage().user + process.cpuUsage().system - startUs) / 1e6),
  ).toLocaleString('en')
}

const kernel = new Kernel({ memoryBytes: 64 << 20, nowNs: () => 0 })
for (const strategy of ['random', 'pct'] as const) {
  const scheduler = new Scheduler(kernel, { seed: 1, strategy, cpus: 4, maxSteps: Infinity })
  const shared = new Lock('mutex', 'shared')
  for (let i = 0; i < 4; i++) scheduler.spawn(`t${i}`, () => locks(new Lock('mutex', 'own'), shared))
  const startUs = process.cpuUsage().user + process.cpuUsage().system
  console.log(`${strategy}: ${rate(scheduler.run().lockPoints, startUs)} lock points a second`)
}
const startUs = process.cpuUsage().user + process.cpuUsage().system
let points = 0
for (let seed = 1; seed <= 300; seed++)
  for (const scenario of SCENARIOS) points += runScenario(scenario, { seed }).lockPoints
console.log(`scenarios, with a machine for each run: ${rate(points, startUs)} lock points a second`)
