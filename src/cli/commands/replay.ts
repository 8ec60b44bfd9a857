/** `gemrig replay`: runs what a journal recorded again, judges it, and looks for the shortest program that shows it. */
import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Command } from 'commander'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import type { StressEvent } from '../../events/stress-event.js'
import { stepsOfJournal } from '../../replay/journal-steps.js'
import { replay, type ReplayResult } from '../../replay/replay.js'
import { stepText } from '../../replay/step.js'
import { escapeControls } from '../../report/escape.js'
import { readJournal } from '../../report/read-journal.js'
import { JOURNAL_FILE, ResultDirectoryError } from '../../report/result-directory.js'
import { EXIT } from '../exit-codes.js'
import { interruptible } from '../interrupt.js'
import { backendOption, jsonOption } from '../options.js'

interface Flags {
  readonly backend: BackendWish
  readonly minimise?: boolean
  readonly allowDisruptive?: boolean
  readonly json?: boolean
}

const EXAMPLES = `
The operations of all actors run in the order of their times, in one process. Where the recorded run pressed, the
kernel is made to reclaim all that it can (vm.drop_caches), so a machine that is in use needs --allow-disruptive. Which buffers a
kernel purges is its own choice: only broken rules fail a replay. The kernel's log is judged with them. A warning that a
kernel prints only once (WARN_ON_ONCE) is found again, and minimised, where debugfs can be written to
(clear_warn_once); elsewhere after a reboot.

Exit codes: 0 no rule was broken, 1 one was, 2 wrong use, or there is no journal, or one with steps that this version does
not know, 3 the board could not be prepared, 125 inconclusive (no steps, or nothing was purged and the recorded run had
purged), 130 interrupted.

Examples:
  gemrig replay gemrig-results/20260101-120000-fake-17 --backend fake
  gemrig replay out/events.jsonl --minimise
  gemrig vm --board rk3399 -- gemrig replay out --minimise --json`

export function replayCommand(): Command {
  return new Command('replay')
    .description('run again what a journal recorded, on this or another board, and judge it')
    .argument('<journal>', `the folder of a run, or its ${JOURNAL_FILE}`)
    .option('--minimise', 'when a rule is broken: find the shortest program that breaks it')
    .addOption(backendOption())
    .option('--allow-disruptive', 'drop the caches of the machine although it is in use')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: Flags) => {
      process.exitCode = await run(path, flags)
    })
}

async function run(path: string, flags: Flags): Promise<number> {
  const program = stepsOfJournal(await readEvents(path))
  const { board, why } = chooseBoard(flags.backend)
  process.stderr.write(
    `gemrig replay of ${program.steps.length} steps on ${board.description}${why === 'asked for' ? '' : `: ${why}`}\n`,
  )
  const result = await interruptible((signal) =>
    replay(program, {
      // A simulated machine begins anew each time.
      makeBoard: () => (board.kind === 'fake' ? chooseBoard(flags.backend).board : board),
      device: { driver: program.driver },
      allowDisruptive: flags.allowDisruptive === true,
      minimise: flags.minimise === true,
      signal,
    }),
  )
  process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : replayText(result))
  if (result.interrupted) return EXIT.interrupted
  if (result.violations.length > 0) return EXIT.fail
  return result.inconclusive === undefined ? EXIT.pass : EXIT.inconclusive
}

async function readEvents(path: string): Promise<StressEvent[]> {
  const events: StressEvent[] = []
  for await (const event of readJournal(folderOf(path))) events.push(event)
  return events
}

function folderOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return path
  if (basename(path) !== JOURNAL_FILE)
    throw new ResultDirectoryError(`${path} is no journal: name ${JOURNAL_FILE} or its folder`)
  return dirname(path)
}

function replayText(result: ReplayResult): string {
  const { steps, purged, violations, differences, shortest, inconclusive } = result
  const broken = violations.map(({ oracle, message }) => `broken: ${oracle}: ${message}`)
  const program = shortest?.map((step, at) => `  ${String(at + 1).padStart(3)}. ${stepText(step)}`) ?? []
  if (shortest !== undefined)
    program.unshift(`the shortest program that breaks ${violations[0]?.oracle ?? ''}:`)
  const good = inconclusive === undefined ? 'no rule was broken' : `inconclusive, ${inconclusive}`
  const verdict = violations.length === 0 ? good : `${violations.length} violations`
  const summary = `${steps} steps, ${purged} buffers purged, ${differences.length} outcomes other than then: ${verdict}`
  return `${[...broken, ...program, summary].map(escapeControls).join('\n')}\n`
}
