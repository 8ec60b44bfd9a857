/** `gemrig vm`: any gemrig command, on a virtual board. */
import { Command, Option } from 'commander'
import { DEFAULT_BOARD, VIRTUAL_BOARDS } from '../../vm/boards/index.js'
import type { ShellTerminal } from '../../vm/guest/command-script.js'
import { ACCELERATOR_WISHES, type AcceleratorWish } from '../../vm/machine/accelerator.js'
import { matrixCommand } from './vm-matrix.js'
import { buildKernelCommand } from './vm-build-kernel.js'
import { GPU_WISHES, type GpuWish } from '../../vm/gpu-model/gpu-kind.js'
import { interruptible } from '../interrupt.js'
import { parseDuration, parseMiB, parsePort, parseWhole } from '../options.js'
import { resultDirectoryName } from '../../report/result-directory.js'

interface Flags {
  readonly board: string
  readonly out?: string
  readonly gpu?: GpuWish
  readonly memory?: number
  readonly cpus?: number
  readonly kernel?: string
  readonly modules?: string
  readonly bootTimeout?: number
  readonly timeout?: number
  readonly console?: string
  readonly dryRun?: boolean
  readonly swap?: number
  readonly append?: string
  readonly accel: AcceleratorWish
  readonly gdb?: number | true
  readonly shell?: boolean
  readonly keep?: boolean
}

/** QEMU's own choice. */
const GDB_PORT = 1234

const EXAMPLES = `
Boards: ${VIRTUAL_BOARDS.map((board) => board.name).join(', ')}

The guest works in the --out folder, which is the host's: what it writes there stays.
Exit code: that of the command in the guest; 3 when the board could not be booted or died.

Examples:
  gemrig vm prepare
  gemrig vm -- gemrig devices
  gemrig vm --board rk3399 -- gemrig stress --seed 1
  gemrig vm --board rk3288 --kernel 6.12 -- gemrig stress
  gemrig vm --memory 512 --timeout 5m -- gemrig stress --duration 2m --json
  gemrig vm --board rk3588 --swap 512M -- gemrig devices
  gemrig vm --shell
  gemrig vm --kernel arch/arm64/boot/Image --modules install/lib/modules -- gemrig stress
  gemrig vm --append 'dyndbg="module panfrost +p"' --gdb -- gemrig devices`

const say = (text: string) => process.stderr.write(`${text}\n`)

export function vmCommand(): Command {
  return new Command('vm')
    .description(
      'boot a virtual board with a real kernel and the real driver, and run a gemrig command on it',
    )
    .argument('[command...]', 'after --: the command, beginning with gemrig')
    .option('--board <name>', 'which board', DEFAULT_BOARD)
    .option('--out <folder>', 'the guest works in this folder (default: a new one in gemrig-results)')
    .addOption(gpuOption())
    .option('--memory <MiB>', 'memory of the board', parseWhole)
    .option('--cpus <number>', 'processors of the board', parseWhole)
    .option('--swap <size>', 'swap in the guest, on compressed memory (zram): 256M, 1G', parseMiB)
    .option(
      '--kernel <which>',
      "6.1, 6.12, 7.2 (Debian's newest build of it), a name of build-kernel's, or the path of a kernel file",
    )
    .option('--modules <folder>', 'modules of a kernel file (default: all that is needed is built in)')
    .option('--append <arguments>', "more words for the kernel's command line")
    .addOption(
      new Option('--accel <how>', 'kvm where it works, tcg (emulation) anywhere')
        .choices(ACCELERATOR_WISHES)
        .default('auto'),
    )
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
  const restore = flags.shell === true && process.stdin.isTTY ? rawTerminal() : () => undefined
  try {
    return await runCommand(command, flags)
  } finally {
    restore()
  }
}

/** Each key goes to the guest at once, Ctrl-C too. */
function rawTerminal(): () => void {
  process.stdin.setRawMode(true)
  return () => process.stdin.setRawMode(false)
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
      ...(flags.gpu !== undefined && { gpu: flags.gpu }),
      ...(flags.memory !== undefined && { memoryMiB: flags.memory }),
      ...(flags.cpus !== undefined && { cpus: flags.cpus }),
      ...(flags.kernel !== undefined && { kernel: flags.kernel }),
      ...(flags.modules !== undefined && { modulesDirectory: flags.modules }),
      ...(flags.bootTimeout !== undefined && { bootTimeoutMs: flags.bootTimeout }),
      ...(flags.timeout !== undefined && { runTimeoutMs: flags.timeout }),
      ...(flags.console !== undefined && { consoleFile: flags.console }),
      ...(flags.dryRun !== undefined && { dryRun: flags.dryRun }),
      ...(flags.swap !== undefined && { swapMiB: flags.swap }),
      ...(flags.append !== undefined && { append: flags.append }),
      ...(flags.gdb !== undefined && { gdbPort: flags.gdb === true ? GDB_PORT : flags.gdb }),
      ...(flags.shell === true && { shell: shellTerminal() }),
      ...(flags.keep !== undefined && { keep: flags.keep }),
      accelerator: flags.accel,
      signal,
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: process.stdin,
      onProgress: say,
    }),
  )
  return exitCode
}

function gpuOption(): Option {
  return new Option(
    '--gpu <kind>',
    'registers: jobs time out (default); model: jobs complete (QEMU 7.2); auto: the model if it can be had',
  ).choices(GPU_WISHES)
}

function prepareCommand(): Command {
  return new Command('prepare')
    .description('fetch and build what a virtual board needs, into the cache')
    .option('--board <name>', 'which board', DEFAULT_BOARD)
    .addOption(gpuOption())
    .option(
      '--kernel <which>',
      "6.1, 6.12, 7.2 (Debian's newest build of it), a name of build-kernel's, or the path of a kernel file",
    )
    .option('--modules <folder>', 'modules of a kernel file (default: all that is needed is built in)')
    .action(async (flags: Pick<Flags, 'board' | 'gpu' | 'kernel' | 'modules'>) => {
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
          signal,
          onProgress: (event) => {
            const text = describePrepareEvent(event)
            if (text !== undefined) say(text)
          },
        }),
      )
      say(`${flags.board} is ready in ${prepared.cacheDirectory}`)
    })
}
