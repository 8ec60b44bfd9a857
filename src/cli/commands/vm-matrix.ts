/** `gemrig vm matrix`: one gemrig command on many boards and kernels. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { resultDirectoryName } from '../../report/result-directory.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { addMachineOptions, machineOptionsOf, type MachineFlags } from '../machine-options.js'
import { jsonOption, parseDuration, parseWhole } from '../options.js'
import type { MatrixCell } from '../../vm/matrix/run-matrix.js'

interface Flags extends MachineFlags {
  readonly boards: string
  readonly kernels: string
  readonly jobs?: number
  readonly out?: string
  readonly bootTimeout?: number
  readonly timeout?: number
  readonly junit?: string
  readonly json?: boolean
}

const EXAMPLES = `
Each combination works in a folder of its own in the --out folder. Where the command prints JSON with
{ rows: [{ name, outcome }] }, as gemrig conform --json does, the rows that differ between kernels and boards come first.
Exit code: 0 when all passed; 1 when one failed; 3 when one could not be booted; 125 when all that ran were inconclusive.

Examples:
  gemrig vm matrix -- gemrig devices
  gemrig vm matrix --boards rk3399,rk3588 --kernels 6.12,7.2 --jobs 2 -- gemrig stress --seed 1
  gemrig vm matrix --boards rk3399 --kernels 6.12,7.2 --junit conform.xml -- gemrig conform --json
  gemrig vm matrix --boards rk3399 --kernels before,after -- gemrig stress --seed 1
  gemrig vm matrix --boards rk3399 --kernels old/Image,new/Image --gpu model --cpus 4 -- gemrig stress
  gemrig vm matrix --kernels 6.1,6.12,7.2 --json -- gemrig stress --json`

const say = (text: string) => process.stderr.write(`${text}\n`)

export function matrixCommand(): Command {
  const command = new Command('matrix')
    .description('run a gemrig command on many virtual boards and kernels, and compare')
    .argument('<command...>', 'after --: the command, beginning with gemrig')
    .option('--boards <names>', 'boards with commas between, or all', 'all')
    .option(
      '--kernels <names>',
      "kernel series, names of build-kernel's, or paths of kernel files with all built in; commas between",
      '6.1,6.12,7.2',
    )
    .option('--jobs <number>', 'how many at once (default: as processors and free memory allow)', parseWhole)
    .option('--out <folder>', 'where the results go (default: a new folder in gemrig-results)')
  return addMachineOptions(command)
    .option(
      '--boot-timeout <time>',
      'until the command starts (default: 60s for each that runs at once)',
      parseDuration,
    )
    .option('--timeout <time>', 'until the command ends (default: 30m)', parseDuration)
    .option('--junit <file>', 'write JUnit XML: a suite for each combination, a case for each row')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .passThroughOptions()
    .action(async (command: string[], flags: Flags) => {
      process.exitCode = await run(command, flags)
    })
}

async function run(command: readonly string[], flags: Flags): Promise<number> {
  if (flags.jobs === 0) throw new RangeError('--jobs must be at least 1')
  const [
    { checkCommand },
    { boardNames, combinations, kernelNames },
    { jobsThatFit, runMatrix },
    { differenceTable, matrixTable, runName, verdictOf },
    { matrixJunit },
    { differingRows },
  ] = await Promise.all([
    import('../../vm/guest/command-script.js'),
    import('../../vm/matrix/combinations.js'),
    import('../../vm/matrix/run-matrix.js'),
    import('../../report/matrix-table.js'),
    import('../../report/matrix-junit.js'),
    import('../../vm/matrix/compare-rows.js'),
  ])
  checkCommand(command)
  if (flags.junit !== undefined) checkWritable(flags.junit)
  const wanted = combinations(boardNames(flags.boards), kernelNames(flags.kernels), flags.memory, flags.cpus)
  const jobs = flags.jobs ?? jobsThatFit(wanted, availableParallelism(), flags.memory)
  const cells = await interruptible((signal) =>
    runMatrix(wanted, {
      command,
      outDirectory: resultDirectoryName(flags.out, 'matrix'),
      jobs,
      signal,
      vm: {
        ...machineOptionsOf(flags),
        bootTimeoutMs: flags.bootTimeout ?? jobs * 60_000,
        ...(flags.timeout !== undefined && { runTimeoutMs: flags.timeout }),
      },
      onProgress: (cell, text) => say(`${runName(cell)}: ${text}`),
    }),
  )
  const ran = cells.filter(({ impossible }) => impossible === undefined)
  const differences = differingRows(ran.map((cell) => ({ run: runName(cell), stdout: cell.stdout })))
  const exitCode = exitCodeOfAll(ran)
  if (flags.json === true) {
    const runs = cells.map((cell) => ({ ...cell, verdict: verdictOf(cell) }))
    process.stdout.write(`${JSON.stringify({ differences, runs, exitCode }, undefined, 2)}\n`)
  } else {
    if (differences.length > 0) process.stdout.write(`${differenceTable(differences)}\n`)
    process.stdout.write(`${matrixTable(cells)}\n`)
  }
  if (flags.junit !== undefined) writeFileSync(flags.junit, matrixJunit(cells))
  return exitCode
}

/** Before boards run for minutes. Throws RangeError. */
function checkWritable(path: string): void {
  try {
    closeSync(openSync(path, 'a'))
  } catch (error) {
    throw new RangeError(`${path} cannot be written: ${(error as Error).message}`)
  }
}

/** What could not be had counts more than what failed, and that more than what proved nothing, as no run at all does. */
export function exitCodeOfAll(ran: readonly Pick<MatrixCell, 'exitCode' | 'error'>[]): number {
  const codes = ran.map(({ exitCode }) => exitCode)
  if (codes.includes(EXIT.interrupted)) return EXIT.interrupted
  if (codes.includes(undefined) || codes.includes(EXIT.boardNotPrepared)) return EXIT.boardNotPrepared
  if (codes.includes(EXIT.wrongUse)) return EXIT.wrongUse
  if (codes.some((code) => code !== EXIT.pass && code !== EXIT.inconclusive)) return EXIT.fail
  return codes.every((code) => code === EXIT.inconclusive) ? EXIT.inconclusive : EXIT.pass
}
