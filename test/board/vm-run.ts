/** Runs a command on a virtual board, and keeps what it says. */
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { findProgram } from '../../dist/vm/host/programs.js'
import { runVm, type VmOptions } from '../../dist/vm/run-vm.js'
import { VmError } from '../../dist/vm/vm-error.js'

/** GEMRIG_TEST_BOARD=1 (as in CI): a machine that lacks a program fails instead of being skipped. */
export const MISSING =
  process.env['GEMRIG_TEST_BOARD'] === '1'
    ? []
    : ['qemu-system-aarch64', 'dtc', 'aarch64-linux-gnu-g++', 'arm-linux-gnueabihf-g++', 'apt-get'].filter(
        (name) => findProgram(name) === undefined,
      )

/** A function for sh in the guest, which has no pgrep: the ids of gemrig's processes with actors. Brackets hide itself. */
export const TASKS = `tasks() {
  grep -l 'process-task-[m]ain' /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\\n'
}`

export interface VmResult {
  readonly exitCode: number | undefined
  readonly error: VmError | undefined
  readonly stdout: string
  readonly stderr: string
}

export async function vm(
  command: readonly string[],
  outDirectory: string,
  options: Partial<VmOptions> & { input?: string } = {},
): Promise<VmResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const [stdoutText, stderrText] = [text(stdout), text(stderr)]
  const { input, ...rest } = options
  const stdin = input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }
  let exitCode: number | undefined
  let error: VmError | undefined
  try {
    exitCode = (await runVm({ board: 'rk3399', command, outDirectory, stdout, stderr, ...stdin, ...rest }))
      .exitCode
  } catch (caught) {
    if (!(caught instanceof VmError)) throw caught
    error = caught
  }
  stdout.end()
  stderr.end()
  return { exitCode, error, stdout: await stdoutText, stderr: await stderrText }
}
