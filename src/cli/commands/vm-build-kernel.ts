/** `gemrig vm build-kernel`: a small kernel for virtual boards, from Debian's source or one's own, with one's patches. */
import { Command, Option } from 'commander'
import { DEFAULT_BOARD, findVirtualBoard } from '../../vm/boards/index.js'
import { interruptible } from '../interrupt.js'
import { jsonOption, parseDuration, parseWhole } from '../options.js'

interface Flags {
  readonly name?: string
  readonly board: string
  readonly kernel: string
  readonly source?: string
  readonly series?: readonly string[]
  readonly fragment?: readonly string[]
  readonly tracers?: boolean
  readonly lockdep?: boolean
  readonly kasan?: boolean
  readonly jobs?: number
  readonly timeout: number
  readonly json?: boolean
}

const NOTES = `
Everything that a board needs is built in, so the kernel boots without modules. It has what Debian's kernels lack:
shrinker debugfs, dma-buf heaps; with --lockdep and --kasan the kernel's own checks, with --tracers its tracers.
It is for all boards of one architecture, and --board names any of them; a name may stand for a kernel of each.
A build that was interrupted goes on where it was; one that is there already is not built again.

Examples:
  gemrig vm build-kernel
  gemrig vm --kernel debug --gpu model -- gemrig stress
  gemrig vm build-kernel --lockdep --kasan --name checked
  gemrig vm build-kernel --series outgoing/ --name patched
  gemrig vm matrix --kernels debug,patched --boards rk3399 -- gemrig conform --json
  gemrig vm build-kernel --board rk3288 --series outgoing/ --name patched
  gemrig vm build-kernel --source ~/linux --series 0001-drm-panfrost-fix.patch --name mine`

const gather = (value: string, before: readonly string[] = []) => [...before, value]

export function buildKernelCommand(): Command {
  return new Command('build-kernel')
    .description('build a small kernel for the virtual boards, with patches and checks of your choice')
    .option('--name <name>', 'what --kernel calls it (default: debug, with what is in it)')
    .option('--board <name>', 'a board that it is for: one of arm64, or rk3288', DEFAULT_BOARD)
    .option('--kernel <series>', "build Debian's source of this series", '6.12')
    .option('--source <folder>', 'build this kernel source instead; nothing is written there')
    .option('--series <path>', 'a patch, or a folder of them; may be said again', gather)
    .option('--fragment <file>', 'more lines of configuration; may be said again', gather)
    .option('--tracers', 'with the function tracer, kprobes and dynamic debug')
    .option('--lockdep', 'with the proof of locking, and checks of lists, DMA and stuck tasks')
    .option('--kasan', 'with the address sanitizer and fault injection; the board then is far slower')
    .option('--jobs <number>', 'compile so many files at once (default: one for each processor)', parseWhole)
    .addOption(
      new Option('--timeout <time>', 'until it is built')
        .argParser(parseDuration)
        .default(60 * 60_000, '60m'),
    )
    .addOption(jsonOption())
    .addHelpText('after', NOTES)
    .action(async (flags: Flags) => {
      await run(flags)
    })
}

async function run(flags: Flags): Promise<void> {
  const { buildKernel } = await import('../../vm/kernel-build/build-kernel.js')
  const { EXTRAS } = await import('../../vm/kernel-build/fragments.js')
  if (flags.jobs === 0) throw new RangeError('--jobs is at least 1')
  const extras = EXTRAS.filter((extra) => flags[extra] === true)
  const { architecture } = findVirtualBoard(flags.board)
  const built = await interruptible((signal) =>
    buildKernel({
      name: flags.name ?? ['debug', ...extras].join('-'),
      architecture,
      series: flags.kernel,
      ...(flags.source !== undefined && { source: flags.source }),
      patches: flags.series ?? [],
      fragments: flags.fragment ?? [],
      extras,
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
      deadlineMs: flags.timeout,
      signal,
      onProgress: progressPrinter(),
    }),
  )
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(built)}\n`)
    return
  }
  if (built.dropped.length > 0)
    process.stderr.write(
      `not in this kernel, as it lacks them or what they need: ${built.dropped.join(', ')}\n`,
    )
  const how = built.cached ? 'is there already' : 'is built'
  const board = flags.board === DEFAULT_BOARD ? '' : ` --board ${flags.board}`
  process.stderr.write(
    `Linux ${built.version} ${how}: gemrig vm${board} --kernel ${built.name} -- gemrig stress\n`,
  )
}

/** A line for each whole percent, and for each thing that is no compilation. */
function progressPrinter(): (text: string, fraction?: number) => void {
  let last = ''
  return (text, fraction) => {
    const percent = fraction === undefined ? undefined : Math.floor(fraction * 100)
    const mark = percent === undefined ? text : String(percent)
    if (mark === last) return
    last = mark
    process.stderr.write(percent === undefined ? `${text}\n` : `${percent} % ${text}\n`)
  }
}
