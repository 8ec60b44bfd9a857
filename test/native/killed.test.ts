/**
 * kill -9 at random moments of stress runs: the next start leaves no cgroup, process, setting, or file of theirs.
 * GEMRIG_KILLS says how many; GEMRIG_SEED which moments. Needs root.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRealBoard } from '../../dist/board/real-board.js'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'
import { findCgroupTree, type FoundTree } from '../../dist/pressure/cgroup/find-tree.js'
import { createRandom } from '../../dist/workload/random.js'

const KILLS = Number(process.env['GEMRIG_KILLS'] ?? 6)
const SEED = Number(process.env['GEMRIG_SEED'] ?? 1)
const HARNESS = fileURLToPath(new URL('./killed-harness.mjs', import.meta.url))
/** Before it the harness has not begun. */
const SOONEST_MS = 100
const MARK = `GEMRIG_TEST_OF_KILLS=${process.pid}`

const native = loadNativeBackend()
const found: FoundTree =
  'missing' in native
    ? { reason: native.missing }
    : await findCgroupTree(createRealBoard(native.backend), `gemrig-try-${process.pid}`)
const reason = 'reason' in found ? found.reason : undefined

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-kills-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function start() {
  const [name = '', value] = MARK.split('=')
  const state = join(folder, 'state')
  return spawn(process.execPath, [HARNESS, state, join(folder, 'setting')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, [name]: value },
  })
}

/** What a run that nobody kills says, and how long it takes. */
async function wholeRun(): Promise<{ said: string; tookMs: number }> {
  const begin = performance.now()
  const run = start()
  let said = ''
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(run, 'close')
  return { said: said.trim(), tookMs: Math.round(performance.now() - begin) }
}

/** All processes that a harness of this test started, or is. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK)
    } catch {
      return false
    }
  })
}

describe.skipIf(reason !== undefined)(`kill -9${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test(
    `at ${KILLS} random moments leaves nothing behind after the next start`,
    async () => {
      const root = 'tree' in found ? found.tree.root : ''
      const names: string[] = []
      const cgroups = () => readdirSync(root).filter((name) => names.some((each) => name.startsWith(each)))
      const random = createRandom(SEED)
      const seen = { cgroup: 0, setting: 0, done: 0 }
      writeFileSync(join(folder, 'setting'), '0')
      const { tookMs } = await wholeRun()
      for (let count = 0; count < KILLS; count++) {
        const harness = start()
        names.push(`gemrig-${harness.pid}-`)
        const ended = once(harness, 'close')
        await Promise.race([delay(random.integer(SOONEST_MS, tookMs)), ended])
        if (harness.exitCode !== null) seen.done++
        harness.kill('SIGKILL')
        await ended
        if (cgroups().length > 0) seen.cgroup++
        if (readFileSync(join(folder, 'setting'), 'utf8') !== '0') seen.setting++
      }
      process.stdout.write(`${KILLS} kills: ${JSON.stringify(seen)}\n`)
      expect(seen.done).toBeLessThan(KILLS)
      expect((await wholeRun()).said).toBe('inconclusive')
      expect(processes()).toEqual([])
      expect(cgroups()).toEqual([])
      expect(readFileSync(join(folder, 'setting'), 'utf8')).toBe('0')
      expect(readdirSync(folder).sort()).toEqual(['setting', 'state'])
      expect(readdirSync(join(folder, 'state'))).toEqual([])
    },
    60_000 + KILLS * 10_000,
  )
})
