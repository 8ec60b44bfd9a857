/** `gemrig stress --list`: what there is to run, and what it is for. */
import { SCENARIOS } from '../workload/scenarios/index.js'

export function listScenarios(json: boolean): string {
  if (json) {
    const plain = SCENARIOS.map(({ name, explanation, hunts, drivers, idleOn = [], bugs = [] }) => {
      return { name, explanation, hunts, drivers, idleOn, bugs }
    })
    return `${JSON.stringify(plain, undefined, 2)}\n`
  }
  const lines = SCENARIOS.flatMap(({ name, explanation, hunts, drivers, idleOn = [], bugs = [] }) => [
    `${name.padEnd(14)} ${explanation}`,
    `${' '.repeat(15)}hunts: ${hunts}`,
    `${' '.repeat(15)}runs on: ${drivers.join(', ')}`,
    ...(idleOn.length > 0
      ? [`${' '.repeat(15)}with swap on: ${idleOn.join(', ')}, where its buffers are left idle, and evicted`]
      : []),
    ...bugs.map(
      (bug) => `${' '.repeat(15)}finds on a simulated kernel: --backend ${boardWith(bug, drivers)}`,
    ),
  ])
  return lines.map((line) => `${line}\n`).join('')
}

/** A simulated machine that the scenario runs on, and that has the bug. */
function boardWith(bug: string, [driver]: readonly [string, ...string[]]): string {
  return driver === 'panthor' ? `fake:rk3588,swap=512M,bug=${bug}` : `fake:bug=${bug}`
}
