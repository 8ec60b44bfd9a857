/** The walker experiment as tables and sentences. */
import Table from 'cli-table3'
import type { Condition } from '../bench/walkers/conditions.js'
import type { Finding } from '../bench/walkers/findings.js'
import type { WalkerRun } from '../bench/walkers/run-walkers.js'

const style = { head: [], border: [], compact: true }

/** The conditions of the tables; all others are in the JSON. Each table lets one thing differ from the base. */
const BASE: Condition = { cpus: 4, objectSize: '64 KiB', obstacle: 'none', bulkMoves: false }
const TABLES: readonly [string, keyof Condition][] = [
  ['size', 'objectSize'],
  ['obstacle', 'obstacle'],
  ['CPUs', 'cpus'],
  ['bulk moves', 'bulkMoves'],
]

export function walkersText(seed: number, runs: readonly WalkerRun[], findings: readonly Finding[]): string {
  const lines = [`LRU walkers on a simulated TTM LRU, seed ${seed}: modelled steps, not time`]
  for (const [title, varied] of TABLES) {
    lines.push('', `${title} (else ${describe(varied)})`, table(title, varied, runs))
  }
  lines.push('', 'The debate, by these numbers:', ...findings.map(({ sentence }) => `- ${sentence}`))
  return `${lines.join('\n')}\n`
}

function describe(varied: keyof Condition): string {
  const parts: Record<keyof Condition, string> = {
    objectSize: `objects of ${BASE.objectSize}`,
    cpus: `${BASE.cpus} CPUs`,
    obstacle: `obstacle ${BASE.obstacle}`,
    bulkMoves: 'no bulk moves',
  }
  return Object.entries(parts)
    .filter(([name]) => name !== varied)
    .map(([, text]) => text)
    .join(', ')
}

function table(title: string, varied: keyof Condition, runs: readonly WalkerRun[]): string {
  const head = ['freed/asked', 'failed', 'steps/page', 'lock held', 'lock wait', 'looks', 'locked', 'busy']
  const result = new Table({ head: [title, 'walker', ...head, 'clients', 'shrinkers'], style })
  const keys = Object.keys(BASE) as (keyof Condition)[]
  for (const run of runs) {
    if (keys.some((key) => key !== varied && run[key] !== BASE[key])) continue
    result.push([
      String(run[varied]),
      run.walker,
      (run.freedPages / run.askedPages).toFixed(2),
      run.failedReclaims,
      ((run.elapsedSteps * run.cpus) / Math.max(1, run.freedPages)).toFixed(1),
      run.lockHoldSteps,
      run.lockWaitSteps,
      run.looks,
      run.skippedLocked,
      run.foundBusy,
      run.clientFairness?.toFixed(2) ?? '-',
      run.shrinkerFairness?.toFixed(2) ?? '-',
    ])
  }
  return result.toString()
}
