/** `gemrig vm`: any gemrig command, on a virtual board. */
import { Command, Option } from 'commander'
import { boardNotes } from '../../vm/boards/board-notes.js'
import { DEFAULT_BOARD, VIRTUAL_BOARDS } from '../../vm/boards/index.js'
import type { ShellTerminal } from '../../vm/guest/command-script.js'
import { matrixCommand } from './vm-matrix.js'
import { buildKernelCommand } from './vm-build-kernel.js'
import { interruptible } from '../interrupt.js'
import { addMachineOptions, gpuOption, machineOptionsOf, type MachineFlags } from '../machine-options.js'
import { jsonOption, parseDuration, parsePort } from '../options.js'
import { resultDirectoryName } from '../../report/result-directory.js'

interface Flags extends MachineFlags {
  readonly board: string
  readonly out?: string
  readonly kernel?: string
  readonly modules?: string
  readonly bootTimeout?: number
  readonly timeout?: number
  readonly console?: string
  readonly dryRun?: boolean
  readonly gdb?: number | true
  readonly shell?: boolean
  readonly keep?: boolean
}

interface PrepareFlags extends Pick<Flags, 'board' | 'gpu' | 'kernel' | 'modules'> {
  readonly update?: boolean
  readonly json?: true
}

/** QEMU's own choice. */
const GDB_PORT = 1234

const EXAMPLES = `
Boards:
${VIRTUAL_BOARDS.map(({ name, summary }) => `  ${name}  ${summary}`).join('\n')}
What they can do:
${boardNotes(VIRTUAL_BOARDS)}
The guest works in the --out folder, which is the host's: what it writes there stays.
Exit code: that of the command in the guest; 3 when the board could not be booted or died.

Examples:
  gemrig vm prepare
  gemrig vm -- gemrig devices
  gemrig vm --board rk3399 -- gemrig stress --seed 1
  gemrig vm --board rk3288 --kernel 6.12 -- gemrig stress
  gemrig vm --memory 512 --timeout 5m -- gemrig stress --duration 2m --json
  gemrig vm --board rk3588 --swap 512M -- gemrig devices
  gemrig vm --share ~/runs/known:before -- gemrig replay /share/before
  gemrig vm --shell
  gemrig vm --kernel arch/arm64/boot/Image --modules install/lib/modules -- gemrig stress
  gemrig vm --append 'dyndbg="module panfrost +p"' --gdb -- gemrig devices`

const PREPARE_EXAMPLES = `
What is in the cache already is left as it is. Exit codes: 0 ready, 2 wrong use, 3 it could not be prepared, 130 interrupted.

Examples:
  gemrig vm prepare
  gemrig vm prepare --board rk3588 --kernel 7.2
  gemrig vm prepare --gpu model --json`

const say = (text: string) => process.stderr.write(`${text}\n`)

export function vmCommand(): Command {
  const command = new Command('vm')
    .description(
      'boot a virtual board with a real kernel and the real driver, and run a gemrig command on it',
    )
    .argument('[command...]', 'after --: the command, beginning with gemrig')
    .option('--board <name>', 'which board', DEFAULT_BOARD)
    .option('--out <folder>', 'the guest works in this folder (default: a new one in gemrig-results)')
  return addKernelOptions(addMachineOptions(command))
    .option('--boot-timeout <time>', 'until the command starts (default: 60s)', parseDuration)
    .option('--timeout <time>', 'until the command ends (default: 30m; none with --shell)', parseDuration)
    .option('--shell', 'a shell in the guest instead of a command; Ctrl-D ends it')
    .option(
      '--gdb [port]',
      `let QEMU wait for a debugger before the kernel starts (port ${GDB_PORT})`,
      parsePort,
    )
    .option('--keep', 'keep what the guest was booted from, and say where')
    .option('--console <file>', "the guest's console (default: console.log in the --out folder)")
    .addOption(new Option('--json', 'print an error as one JSON object on stdout (before the --)'))
    .option('--dry-run', 'print the QEMU command and do nothing')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .passThroughOptions()
    .addCommand(prepareCommand())
    .addCommand(matrixCommand())
    .addCommand(buildKernelCommand())
    .action(async (command: string[], flags: Flags) => {
      process.exitCode = await run(command, flags)
    })
}

/** Loaded when it is needed: other commands, and those in a guest, start faster without. */
const loadRunVm = () => import('../../vm/run-vm.js')

async function run(command: readonly string[], flags: Flags): Promise<number> {
  if (command.length > 0 && flags.shell === true)
    throw new RangeError('--shell takes no command: leave out what is after --')
  try {
    return await runCommand(command, flags)
  } finally {
    if (process.stdin.isRaw) process.stdin.setRawMode(false)
  }
}

/** Each key goes to the guest's shell at once, Ctrl-C too. Until there is one, Ctrl-C is for us. */
function passKeysOn(): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(true)
}

function shellTerminal(): ShellTerminal {
  const { rows, columns } = process.stdout.isTTY ? process.stdout : { rows: 24, columns: 80 }
  return { rows, columns, type: process.env['TERM'] ?? 'dumb' }
}

async function runCommand(command: readonly string[], flags: Flags): Promise<number> {
  const { runVm } = await loadRunVm()
  const { exitCode } = await interruptible((signal) =>
    runVm({
      board: flags.board,
      command,
      outDirectory: resultDirectoryName(flags.out, `vm-${flags.board}`),
      ...machineOptionsOf(flags),
      ...(flags.kernel !== undefined && { kernel: flags.kernel }),
      ...(flags.modules !== undefined && { modulesDirectory: flags.modules }),
      ...(flags.bootTimeout !== undefined && { bootTimeoutMs: flags.bootTimeout }),
      ...(flags.timeout !== undefined && { runTimeoutMs: flags.timeout }),
      ...(flags.console !== undefined && { consoleFile: flags.console }),
      ...(flags.dryRun !== undefined && { dryRun: flags.dryRun }),
      ...(flags.gdb !== undefined && { gdbPort: flags.gdb === true ? GDB_PORT : flags.gdb }),
      ...(flags.shell === true && { shell: shellTerminal(), onReady: passKeysOn }),
      ...(flags.keep !== undefined && { keep: flags.keep }),
      signal,
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: process.stdin,
      onProgress: say,
    }),
  )
  return exitCode
}

function addKernelOptions(command: Command): Command {
  return command
    .option(
      '--kernel <which>',
      "6.1, 6.12, 7.2 (Debian's build of it; prepare --update brings a newer one), a name of build-kernel's, or the path of a kernel file",
    )
    .option('--modules <folder>', 'modules of a kernel file (default: all that is needed is built in)')
}

function prepareCommand(): Command {
  const command = new Command('prepare')
    .description('fetch and build what a virtual board needs, into the cache')
    .option('--board <name>', 'which board', DEFAULT_BOARD)
    .addOption(gpuOption())
  return addKernelOptions(command)
    .option('--update', "fetch a newer build of Debian's kernel, if there is one")
    .addOption(jsonOption())
    .addHelpText('after', PREPARE_EXAMPLES)
    .action(async (flags: PrepareFlags) => {
      const [{ describePrepareEvent }, { prepareVm }] = await Promise.all([
        loadRunVm(),
        import('../../vm/prepare.js'),
      ])
      const prepared = await interruptible((signal) =>
        prepareVm({
          board: flags.board,
          ...(flags.gpu !== undefined && { gpu: flags.gpu }),
          ...(flags.kernel !== undefined && { kernel: flags.kernel }),
          ...(flags.modules !== undefined && { modulesDirectory: flags.modules }),
          ...(flags.update !== undefined && { update: flags.update }),
          signal,
          onProgress: (event) => {
            const text = describePrepareEvent(event)
            if (text !== undefined) say(text)
          },
        }),
      )
      const { board, kernelTitle, cacheDirectory } = prepared
      if (flags.json)
        process.stdout.write(
          `${JSON.stringify({ board: board.name, kernel: kernelTitle, cacheDirectory })}\n`,
        )
      else say(`${board.name} is ready in ${cacheDirectory}`)
    })
}
