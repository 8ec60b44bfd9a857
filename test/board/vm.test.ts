import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultCacheDirectory } from '../../dist/vm/cache/cache-directory.js'
import { prepareVm } from '../../dist/vm/prepare.js'
import { MISSING, vm } from './vm-run.js'

const RUNS = join(defaultCacheDirectory(), 'run')
const RUN_MODULE = new URL('../../dist/vm/run-vm.js', import.meta.url).href

/** Run directories of a process; others may have theirs in the same cache. */
function runsOf(pid = process.pid): string[] {
  return existsSync(RUNS) ? readdirSync(RUNS).filter((name) => name.split('-')[1] === String(pid)) : []
}

/** QEMU processes that share `directory`: commas are doubled on their command line. */
async function qemusOf(directory: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,stat,args', '-ww'])
  return stdout
    .split('\n')
    .filter((line) => line.includes('qemu-system') && line.includes(directory.replaceAll(',', ',,')))
}

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`

describe.skipIf(MISSING.length > 0)(`virtual board rk3399${skipped}`, { timeout: 90_000 }, () => {
  let out = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-vm,test '))
    await prepareVm({ board: 'rk3399', onProgress: () => undefined })
  }, 600_000)
  afterAll(async () => {
    expect(await qemusOf(out)).toEqual([])
    rmSync(out, { recursive: true })
    expect(runsOf()).toEqual([])
  })

  it('has nothing to do when it is prepared a second time', async () => {
    const states: string[] = []
    await prepareVm({ board: 'rk3399', onProgress: ({ state }) => states.push(state) })
    expect(new Set(states)).toEqual(new Set(['present']))
  })

  it('passes arguments, stdin, stdout, stderr, exit code and files, and reads folders that are shared', async () => {
    const shared = join(out, 'shared, for reading')
    mkdirSync(shared)
    writeFileSync(join(shared, 'known'), 'of the host')
    const program = `
      const fs = require('node:fs')
      const { spawnSync } = require('node:child_process')
      // Not by the guest's own mount alone: the export itself refuses.
      spawnSync('mount', ['-o', 'remount,rw', '/share/data'])
      let written = 'yes'
      try { fs.writeFileSync('/share/data/new', '') } catch ({ code }) { written = code }
      fs.writeFileSync('shared.txt', fs.readFileSync('/share/data/known', 'utf8') + ' ' + written)
      console.log(JSON.stringify(process.argv.slice(1)))
      console.error(fs.readFileSync(0, 'utf8'))
      fs.writeFileSync('result.txt', process.arch + ' ' + process.cwd())
      process.stdout.write('no newline at the end')
      process.exitCode = 7`
    const args = ['two words', `it's "quoted"`, '$HOME', '', 'new\nline', '*', '\\', 'ünïcode']
    const result = await vm(['node', '-e', program, ...args], out, {
      input: 'the input',
      shares: [{ hostFolder: shared, name: 'data' }],
    })
    expect(result.error).toBeUndefined()
    expect(result.stdout).toBe(`${JSON.stringify(args)}\nno newline at the end`)
    expect(result.stderr).toBe('the input\n')
    expect(result.exitCode).toBe(7)
    expect(readFileSync(join(out, 'result.txt'), 'utf8')).toBe('arm64 /host')
    expect(readFileSync(join(out, 'shared.txt'), 'utf8')).toBe('of the host EROFS')
    expect(readdirSync(shared)).toEqual(['known'])
    expect(readFileSync(join(out, 'console.log'), 'utf8')).toContain('gemrig.board=rk3399')
  })

  it('has the real driver: root reclaim purges what is not needed, and nothing else', async () => {
    const program = `
      const { loadNativeBackend } = await import('/app/dist/native-backend/native-backend.js')
      const { writeFileSync } = await import('node:fs')
      const { backend: { drm, panfrost, memory }, missing } = loadNativeBackend()
      if (missing) throw new Error(missing)
      const [node] = drm.listNodes().filter(({ compatible }) => compatible.includes('arm,mali-t860'))
      const fd = drm.open(node.renderNode)
      const sizeBytes = 1 << 18
      const buffers = Array.from({ length: 32 }, (_, index) => {
        const { handle } = panfrost.createBo(fd, sizeBytes, 1)
        const map = memory.mmap(fd, panfrost.mmapBo(fd, handle, 0).offset, sizeBytes)
        memory.fill(map, BigInt(index), 0, sizeBytes)
        if (index % 2 === 1) panfrost.madvise(fd, handle, 1)
        return { handle, map, seed: BigInt(index) }
      })
      const count = () => [
        buffers.filter(({ map, seed }) => memory.verify(map, seed, 0, sizeBytes) === sizeBytes).length,
        buffers.filter(({ map }) => memory.read(map, 0, 1) === -135).length,
      ]
      const before = count()
      try { writeFileSync('/sys/fs/cgroup/memory.reclaim', '64M') } catch {}
      const retained = buffers.map(({ handle }) => panfrost.madvise(fd, handle, 0))
      const driver = drm.version(fd).name
      console.log(JSON.stringify({ driver, before, after: count(), retained: retained.filter((x) => x === 1).length }))`
    const result = await vm(['node', '--input-type=module', '-e', program], out)
    expect(result.stderr).toBe('')
    expect(JSON.parse(result.stdout)).toEqual({
      driver: 'panfrost',
      before: [32, 0],
      after: [16, 16],
      retained: 16,
    })
  })

  it('that panics gives an error with the last lines of its console', async () => {
    const { error, stdout } = await vm(['sh', '-c', 'echo before; echo c >/proc/sysrq-trigger'], out)
    expect(stdout).toBe('before\n')
    expect(error).toMatchObject({ kind: 'guest-panicked', exitCode: 3 })
    expect(error?.message).toContain('Kernel panic - not syncing: sysrq triggered crash')
    expect(error?.consoleTail.join('\n')).toContain('Call trace')
  })

  it('whose command is killed gives an error that names the signal', async () => {
    const { error } = await vm(['sh', '-c', 'kill -9 $$'], out)
    expect(error).toMatchObject({
      kind: 'command-killed',
      message: 'SIGKILL killed the command in the guest',
    })
  })

  it('that does not boot in time gives an error', async () => {
    const { error } = await vm(['gemrig', 'devices'], out, { bootTimeoutMs: 700 })
    expect(error).toMatchObject({ kind: 'boot-deadline', exitCode: 3 })
  })

  it('that runs too long gives an error', async () => {
    const { error } = await vm(['sh', '-c', 'sleep 60'], out, { runTimeoutMs: 500 })
    expect(error).toMatchObject({ kind: 'run-deadline', exitCode: 3 })
  })

  it('lets the command clean up when it is interrupted', async () => {
    const command = 'trap "sleep 1; echo cleaned; exit 4" INT; echo up; while :; do sleep 0.1; done'
    const abort = new AbortController()
    const onProgress = (progress: string) => {
      if (progress.includes('is up')) setTimeout(() => abort.abort(), 500)
    }
    const result = await vm(['sh', '-c', command], out, { signal: abort.signal, onProgress })
    expect(result).toMatchObject({ exitCode: 130, stdout: 'up\ncleaned\n', error: undefined })
  })

  it('dies with a gemrig that is killed, and the next start removes what that one left', async () => {
    const program = `
      const { runVm } = await import(${JSON.stringify(RUN_MODULE)})
      const onProgress = (text) => console.log(text)
      await runVm({ board: 'rk3399', command: ['sh', '-c', 'sleep 60'], outDirectory: process.argv[1],
        stdout: process.stdout, stderr: process.stderr, onProgress })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, out], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (text: Buffer) => {
          if (text.includes('is up')) resolve()
        })
      })
      expect(await qemusOf(out)).toHaveLength(1)
    } finally {
      child.kill('SIGKILL')
    }
    await once(child, 'close')
    await expect.poll(() => qemusOf(out), { timeout: 10_000 }).toEqual([])
    expect(runsOf(child.pid)).toHaveLength(1)

    expect(await vm(['sh', '-c', 'true'], out)).toMatchObject({ exitCode: 0 })
    expect(runsOf(child.pid)).toEqual([])
  })
})
