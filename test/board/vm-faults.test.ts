/** What goes wrong around a virtual board: each has an error of its own, and nothing of the evidence is lost. */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StressEvent } from '../../dist/events/stress-event.js'
import { prepareVm, type PrepareEvent } from '../../dist/vm/prepare.js'
import type { PreparedBoard } from '../../dist/vm/prepared-board.js'
import { MISSING, vm } from './vm-run.js'

const skipped = MISSING.length === 0 ? '' : ` (skipped: this machine lacks ${MISSING.join(', ')})`
const BOOT = { bootTimeoutMs: 120_000 }
/** The journal is synced every 250 ms; an emulated processor with much to do is some 10 times as late. */
const MOST_LOST_US = 3_000_000

/** QEMU processes whose command line names the folder that they share. */
function qemusOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return command.includes('qemu-system') && command.includes(directory)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** QEMU listens a moment after it was started. */
async function connected(port: number): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (tries === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** What stands between $ and # of the next packet. */
async function replyOf(socket: Socket): Promise<string> {
  let text = ''
  while (!/#[0-9a-f]{2}$/.test(text)) {
    const [piece] = (await once(socket, 'data')) as [Buffer]
    text += piece.toString('latin1')
  }
  socket.write('+')
  return /\$([^#]*)#/.exec(text)?.[1] ?? ''
}

describe.skipIf(MISSING.length > 0)(`faults around a virtual board${skipped}`, { timeout: 240_000 }, () => {
  let out = ''
  let prepared: PreparedBoard
  let modules = ''
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'gemrig-vm-faults-'))
    prepared = await prepareVm({ board: 'rk3399', onProgress: () => undefined })
    modules = join(prepared.kernel, '../lib/modules')
  }, 900_000)
  afterAll(() => {
    expect(qemusOf(out)).toEqual([])
    rmSync(out, { recursive: true })
  })

  it('a kernel file with its modules boots as the series does', async () => {
    const options = { ...BOOT, kernel: prepared.kernel, modulesDirectory: modules }
    const result = await vm(['sh', '-c', 'ls /sys/bus/platform/drivers/panfrost'], out, options)
    expect(result).toMatchObject({ exitCode: 0, error: undefined })
    expect(result.stdout).toContain('7f000000.gpu')
  })

  it('a kernel without what the guest needs says on its console what is missing', async () => {
    const { error } = await vm(['gemrig', 'devices'], out, { ...BOOT, kernel: prepared.kernel })
    expect(error).toMatchObject({ kind: 'guest-failed', exitCode: 3 })
    expect(error?.message).toBe('the guest cannot start: the virtio ports did not appear')
    expect(error?.consoleTail.join('\n')).toContain('gemrig: the virtio ports')
  })

  it('a kernel without the driver is told apart from one that does not boot', async () => {
    const command = ['gemrig', 'devices']
    const { error } = await vm(command, out, {
      ...BOOT,
      append: 'initcall_blacklist=none module_blacklist=panfrost',
    })
    expect(error).toMatchObject({ kind: 'guest-failed', exitCode: 3 })
    expect(error?.message).toMatch(/modules that do not load: panfrost|no driver took the GPU.*panfrost/)
  })

  it('modules of another kernel are named with both releases', async () => {
    const other = await prepareVm({ board: 'rk3399', kernel: '7.2', onProgress: () => undefined })
    const options = { ...BOOT, kernel: other.kernel, modulesDirectory: modules }
    const { error } = await vm(['gemrig', 'devices'], out, options)
    expect(error?.message).toMatch(/the kernel is 7\.2\.\S+, and the modules are of 6\.12\./)
  })

  it('a folder that holds no modules is refused before anything boots', async () => {
    const options = { ...BOOT, kernel: prepared.kernel, modulesDirectory: out }
    const { error } = await vm(['gemrig', 'devices'], out, options)
    expect(error).toMatchObject({ kind: 'prepare' })
    expect(error?.message).toContain('no modules.dep: run depmod')
  })

  it('a GPU model that does not compile is done without, unless it was asked for', async () => {
    const root = join(out, 'package')
    mkdirSync(join(root, 'kernel'), { recursive: true })
    for (const name of readdirSync('.')) if (name !== 'kernel') symlinkSync(resolve(name), join(root, name))
    for (const name of readdirSync('kernel'))
      if (name !== 'gpu-model') symlinkSync(resolve('kernel', name), join(root, 'kernel', name))
    cpSync('kernel/gpu-model', join(root, 'kernel/gpu-model'), { recursive: true })
    writeFileSync(join(root, 'kernel/gpu-model/broken.c'), 'this is no C\n')
    const notes: (string | undefined)[] = []
    const options = {
      board: 'rk3399',
      packageRoot: root,
      onProgress: ({ part, detail }: PrepareEvent) => {
        if (part === 'no GPU model') notes.push(detail)
      },
    }
    const cacheDirectory = prepared.cacheDirectory
    const withoutModel = await prepareVm({ ...options, cacheDirectory, gpu: 'auto' })
    expect(withoutModel.gpuModel).toBeUndefined()
    expect(notes).toEqual([expect.stringMatching(/^gcc .*failed \(exit code 1\)/)])
    await expect(prepareVm({ ...options, cacheDirectory, gpu: 'model' })).rejects.toThrow(/^gcc .*failed/)
  })

  it('a panic in the middle of a run leaves its journal, whole lines up to the last moment', async () => {
    writeFileSync(
      join(out, 'panic.sh'),
      `gemrig stress --duration 5m --out run 2>err & while ! grep -q ' [1-9][0-9]* operations' err; do sleep 0.2; done
       sleep 10; cut -d' ' -f1 /proc/uptime >last; echo c >/proc/sysrq-trigger`,
    )
    const { error } = await vm(['sh', './panic.sh'], out, BOOT)
    expect(error).toMatchObject({ kind: 'guest-panicked' })
    expect(error?.message).toContain('Kernel panic - not syncing: sysrq triggered crash')
    const lines = readFileSync(join(out, 'run/events.jsonl'), 'utf8').split('\n')
    expect(lines.length).toBeGreaterThan(20)
    const events = lines.slice(0, -1).map((line) => JSON.parse(line) as StressEvent)
    const mark = events.find((event) => event.type === 'kernel-log')
    const panicUs = Number(readFileSync(join(out, 'last'), 'utf8')) * 1e6
    expect(panicUs).toBeGreaterThan(0)
    const lastUs = Math.max(
      ...events.map((event) => event.t + ('durationUs' in event ? event.durationUs : 0)),
    )
    // The mark tells what the kernel's clock showed at a moment of the journal's.
    const uptimeUs = lastUs + (mark?.uptimeUs ?? NaN) - (mark?.t ?? NaN)
    expect(panicUs - uptimeUs).toBeLessThan(MOST_LOST_US)
  })

  it('a QEMU that is killed is told apart from a panic', async () => {
    const onProgress = (text: string) => {
      if (text.includes('is up')) for (const pid of qemusOf(out)) process.kill(pid, 'SIGKILL')
    }
    const { error } = await vm(['sh', '-c', 'sleep 60'], out, { ...BOOT, onProgress })
    expect(error).toMatchObject({ kind: 'guest-lost' })
    expect(error?.message).toBe('QEMU was killed by SIGKILL before the command ended')
  })

  it('a guest that hangs is told apart from a command that takes too long', async () => {
    const onProgress = (text: string) => {
      if (text.includes('is up')) for (const pid of qemusOf(out)) process.kill(pid, 'SIGSTOP')
    }
    const options = { ...BOOT, onProgress, runTimeoutMs: 1000 }
    const { error } = await vm(['sh', '-c', 'sleep 60'], out, options)
    expect(error).toMatchObject({
      kind: 'guest-hung',
      message: 'the guest hangs: after 1 s it answers no more',
    })
  })

  it('two boards at once do not disturb each other', async () => {
    const results = await Promise.all(
      ['a', 'b'].map((name) =>
        vm(['sh', '-c', `echo ${name} >name; sleep 1; cat name`], join(out, name), BOOT),
      ),
    )
    expect(results.map(({ stdout }) => stdout)).toEqual(['a\n', 'b\n'])
  })

  it('a warm cache needs no network', () => {
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
    const command = [
      '-rn',
      process.execPath,
      main,
      'vm',
      '--boot-timeout',
      '120s',
      '--out',
      join(out, 'offline'),
    ]
    const text = execFileSync('unshare', [...command, '--', 'gemrig', 'devices'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(text.toString()).toContain('panfrost')
  })

  it('results that do not fit on the disk are an error, though the guest is not told', () => {
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
    const small = join(out, 'small')
    mkdirSync(small)
    const script = `mount -t tmpfs -o size=32k none "$1" && exec "$2" "$3" vm --boot-timeout 120s --out "$1" -- sh -c "$4"`
    const fill = 'dd if=/dev/zero of=big bs=64k count=1'
    const command = ['-rm', 'sh', '-c', script, 'sh', small, process.execPath, main, fill]
    const { status, stderr } = spawnSync('unshare', command, { encoding: 'utf8' })
    expect(stderr).toContain(`no space is left in ${small}: results are cut off`)
    expect(status).toBe(3)
  })

  it('a debugger that attaches finds the kernel stopped before its first instruction', async () => {
    const answers: string[] = []
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    const attach = async () => {
      const socket = await connected(port)
      // The Remote Serial Protocol of GDB: why is it stopped, and let it go.
      for (const packet of ['$?#3f', '$g#67', '$D#44']) {
        socket.write(packet)
        answers.push(await replyOf(socket))
      }
      socket.end()
    }
    let attached: Promise<void> | undefined
    const onProgress = (text: string) => {
      if (text.includes('QEMU waits for')) attached = attach()
    }
    const options = { gdbPort: port, onProgress }
    const { stdout, error } = await vm(['sh', '-c', 'echo up'], out, options)
    await attached
    expect({ error, stdout }).toEqual({ error: undefined, stdout: 'up\n' })
    expect(answers[0]).toMatch(/^T05/)
    expect(answers[1]).toMatch(/^[0-9a-f]{500,}$/)
    expect(answers[2]).toBe('OK')
  })

  it('a shell in the guest takes what is typed, and ends with its exit code', async () => {
    const shell = { rows: 24, columns: 80, type: 'dumb' }
    const result = await vm([], out, { ...BOOT, shell, input: 'stty size; (exit 3)\n' })
    expect(result).toMatchObject({ exitCode: 3, error: undefined })
    expect(result.stdout).toContain('24 80')
  })

  it('kernel arguments and swap arrive, and what was booted is kept when asked', async () => {
    let place = ''
    const onProgress = (text: string) => {
      place = /is kept in (.*)$/.exec(text)?.[1] ?? place
    }
    const options = { ...BOOT, append: 'gemrig.test="a b"', swapMiB: 96, keep: true, onProgress }
    const { stdout } = await vm(['sh', '-c', 'cat /proc/cmdline; grep SwapTotal /proc/meminfo'], out, options)
    expect(stdout).toContain('gemrig.test="a b"')
    expect(stdout).toMatch(/SwapTotal: +983\d\d kB/)
    expect(existsSync(join(place, 'initramfs.cpio'))).toBe(true)
    const command = readFileSync(join(place, 'qemu-command'), 'utf8')
    expect(command).toContain('qemu-system-aarch64')
    const files = command.match(/(?<=[ =])\/[^ ,]+/g) ?? []
    expect(files).toContain(join(place, 'initramfs.cpio'))
    expect(files.filter((file) => !existsSync(file))).toEqual([])
    rmSync(place, { recursive: true })
  })
})
