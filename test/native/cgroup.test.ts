/** Cgroups and hogs on this machine's own kernel: limits kill hogs, and nothing is left behind. Needs root. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, describe, test } from 'vitest'
import { ERRNO } from '../../dist/backend/errno.js'
import type { Board } from '../../dist/board/board.js'
import { createRealBoard } from '../../dist/board/real-board.js'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'
import { createRunCgroup } from '../../dist/pressure/cgroup/run-cgroup.js'
import { findCgroupTree } from '../../dist/pressure/cgroup/find-tree.js'
import type { Hang } from '../../dist/pressure/hang.js'
import { Hog } from '../../dist/pressure/hog.js'

const MIB = 1024 * 1024
const DIST = new URL('../../dist/', import.meta.url).href

const native = loadNativeBackend()

/** Why these tests cannot run here; undefined when they can. */
async function missing(): Promise<string | undefined> {
  if ('missing' in native) return native.missing
  const found = await findCgroupTree(createRealBoard(native.backend), `gemrig-try-${process.pid}`)
  return 'reason' in found ? found.reason : undefined
}

async function setUp() {
  if ('missing' in native) throw new Error(native.missing)
  const board = createRealBoard(native.backend)
  const made = await createRunCgroup(board)
  if ('reason' in made) throw new Error(made.reason)
  return { board, made }
}

function sceneOf(board: Board) {
  const hang = ({ what }: Hang) => Promise.reject(new Error(`${what} hangs`))
  return { board, signal: new AbortController().signal, hang }
}

/** Whether a process runs, or could: a zombie is gone. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

const reason = await missing()

describe.skipIf(reason !== undefined)(
  `cgroups of this machine${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    test('a hog that meets the limit of the cgroup above it is killed, and counted there and in its own', async () => {
      const { board, made } = await setUp()
      const { run, workload } = made
      const cage = await run.child('hog')
      const hog = await Hog.start(sceneOf(board), cage)
      const pids = await cage.processes()
      try {
        expect(pids).toHaveLength(1)
        expect(await hog.grow(8 * MIB)).toBe(true)
        const usageBytes = await run.usageBytes()
        expect(usageBytes).toBeGreaterThan(8 * MIB)
        expect(await run.events()).toMatchObject({ oomKills: 0 })

        await run.setLimit(usageBytes + 16 * MIB)
        expect(await hog.grow(256 * MIB)).toBe(false)
        expect([hog.alive, hog.killed, hog.heldBytes]).toEqual([false, true, 0])
        expect((await run.events()).limitHits).toBeGreaterThan(0)
        expect([await run.events(), await cage.events(), await workload.events()]).toMatchObject([
          { oomKills: 1 },
          { oomKills: 1 },
          { oomKills: 0 },
        ])
      } finally {
        await run.setLimit(undefined)
        await hog.end()
        await cage.remove()
        await made.remove()
      }
      expect(existsSync(run.path)).toBe(false)
      expect(pids.filter(isAlive)).toEqual([])
    })

    test('what lives in a frozen cgroup stands still until it may go on', async () => {
      const { made } = await setUp()
      const { workload } = made
      const child = spawn(process.execPath, ['-e', "setInterval(() => process.stdout.write('.'), 5)"])
      try {
        await once(child.stdout, 'data')
        await workload.addProcess(child.pid ?? 0)
        expect([await workload.setFrozen(true), await workload.isFrozen()]).toEqual([true, true])
        await delay(50)
        child.stdout.read()
        await delay(200)
        expect(child.stdout.read()).toBe(null)
        expect([await workload.setFrozen(false), await workload.isFrozen()]).toEqual([true, false])
        await once(child.stdout, 'readable')
      } finally {
        const ended = once(child, 'close')
        child.kill('SIGKILL')
        child.stdout.resume()
        await ended
        await made.remove()
      }
    })

    test('the files of a cgroup that is made again under the same name are those of the new one', async () => {
      const { board, made } = await setUp()
      try {
        for (let round = 0; round < 2; round++) {
          const child = await made.run.child('again')
          const path = `${child.path}/memory.stat`
          // The second read is of a file that is open already.
          expect([await board.files.read(path), await board.files.read(path)]).toEqual([
            expect.stringContaining('inactive_anon'),
            expect.stringContaining('inactive_anon'),
          ])
          await child.remove()
          expect(await board.files.read(path)).toBe(-ERRNO.ENOENT)
        }
      } finally {
        await made.remove()
      }
    })

    test('a hog without a limit takes, gives back, and ends when it is told to', async () => {
      const { board, made } = await setUp()
      const cage = await made.run.child('hog')
      const hog = await Hog.start(sceneOf(board), cage)
      try {
        const before = await cage.usageBytes()
        await hog.grow(64 * MIB)
        expect(hog.heldBytes).toBe(64 * MIB)
        expect(await cage.usageBytes()).toBeGreaterThan(before + 60 * MIB)
        await hog.shrink(32 * MIB)
        expect(hog.heldBytes).toBe(32 * MIB)
        expect(await cage.usageBytes()).toBeLessThan(before + 48 * MIB)
      } finally {
        await hog.end()
        expect(hog.killed).toBe(false)
        await made.remove()
      }
      expect(existsSync(made.run.path)).toBe(false)
    })

    test('what a harness left that was killed is removed by the next one, with the hog that could not end', async () => {
      const program = `
      const { createRealBoard } = await import('${DIST}board/real-board.js')
      const { loadNativeBackend } = await import('${DIST}native-backend/native-backend.js')
      const { createRunCgroup } = await import('${DIST}pressure/cgroup/run-cgroup.js')
      const { Hog } = await import('${DIST}pressure/hog.js')
      const board = createRealBoard(loadNativeBackend().backend)
      const { run } = await createRunCgroup(board)
      const cage = await run.child('hog')
      const hog = await Hog.start({ board, signal: new AbortController().signal }, cage)
      await hog.grow(16 << 20)
      console.log(JSON.stringify({ path: run.path, pids: await cage.processes() }))
      setInterval(() => undefined, 1000)`
      const harness = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(createInterface(harness.stdout), 'line')) as [string]
      const { path, pids } = JSON.parse(line) as { path: string; pids: number[] }
      expect(pids).toHaveLength(1)
      // It would notice that its starter is gone; so it is stopped, as one that stalls in the kernel would be.
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      harness.kill('SIGKILL')
      await once(harness, 'close')
      expect([existsSync(path), pids.filter(isAlive)]).toEqual([true, pids])

      const { made } = await setUp()
      try {
        expect([existsSync(path), pids.filter(isAlive)]).toEqual([false, []])
        expect(made.run.path).not.toBe(path)
      } finally {
        await made.remove()
      }
    })
  },
)
