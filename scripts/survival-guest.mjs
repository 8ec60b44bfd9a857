/**
 * Runs in the guest: `gemrig stress` with one scenario after the other, beside a small process that answers once a second
 * as an sshd would. Tells of each scenario, in one line of JSON on stdout, how the run ended and how the process fared.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [out, duration, ...scenarios] = process.argv.slice(2)
const PERIOD_MS = 1000
/** For each line it starts a process, reads from a file on the disk and answers, as sshd does for a login. */
const VICTIM = ['sh', ['-c', 'while read -r line; do head -c 65536 "$0" | wc -c; done', process.execPath]]

for (const scenario of scenarios) process.stdout.write(`${JSON.stringify(await survive(scenario))}\n`)

async function survive(scenario) {
  const victim = spawn(...VICTIM, { stdio: ['pipe', 'pipe', 'ignore'] })
  let end
  victim.on('exit', (code, signal) => (end ??= { code, signal }))
  victim.stdin.on('error', () => undefined)
  const watch = watchAnswers(victim)
  const { exitCode, stderr } = await stress(scenario)
  const { answers, longestMs } = watch.stop()
  const died = end
  victim.kill()
  const result = join(out, scenario, 'result.json')
  const told = existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : {}
  return {
    scenario,
    exitCode,
    verdict: told.verdict ?? 'error',
    reason: told.reason ?? stderr.trim().split('\n').at(-1),
    durationMs: told.durationMs,
    answers,
    longestMs,
    ...(died && { died }),
  }
}

/** Asks once a second, and measures how long the answer takes: the harness's own lateness is not the victim's. */
function watchAnswers(victim) {
  let answers = 0
  let longestMs = 0
  let askedAt
  const look = () => {
    if (askedAt !== undefined) longestMs = Math.max(longestMs, performance.now() - askedAt)
  }
  const ask = () => {
    look()
    if (askedAt !== undefined) return
    askedAt = performance.now()
    victim.stdin.write('are you there\n')
  }
  victim.stdout.on('data', () => {
    look()
    askedAt = undefined
    answers++
  })
  ask()
  const asking = setInterval(ask, PERIOD_MS)
  return {
    stop() {
      clearInterval(asking)
      look()
      return { answers, longestMs: Math.round(longestMs) }
    },
  }
}

function stress(scenario) {
  const args = ['/app/dist/cli/main.js', 'stress', scenario, '--duration', duration]
  const child = spawn(process.execPath, [...args, '--out', join(out, scenario)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-4000)
    process.stderr.write(chunk)
  })
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stderr })))
}
