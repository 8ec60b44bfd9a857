/** `gemrig expect`: does a run show anything that is not known of the board already? */
import { Command } from 'commander'
import { isIncomplete, type ComparedRun } from '../../report/compare/side.js'
import { readSide } from '../../report/compare/read-side.js'
import {
  missingFiles,
  readExpectations,
  writeLines,
  type Expectations,
} from '../../report/expectations/files.js'
import { isUnexpected, judge, type JudgedCase } from '../../report/expectations/judge.js'
import { updatedLines } from '../../report/expectations/update.js'
import { EXIT } from '../exit-codes.js'

const say = (text: string) => process.stderr.write(`${text}\n`)

interface Flags {
  readonly update?: true
  readonly bug: string
  readonly json?: true
}

const EXAMPLES = `
FILES is what the three files of the DRM CI's form begin with: ci/panfrost-rk3399 stands for
ci/panfrost-rk3399-fails.txt, -flakes.txt and -skips.txt. A case is called scenario@case, or conform@row. RUNS is the
folder of a run, a folder of runs (a series is one), or a file of gemrig conform --save.

--update leaves out runs that were cut off or interrupted, and makes the files where there are none.

A case that failed in some runs only is a flake; repeat the run (stress --repeat) to tell it from one that fails.

Exit codes: 0 nothing unexpected, or the files were brought up to date; 1 a case failed that is not known to, or passed
that is known to fail; 2 wrong use, or none of the three files is there; 125 nothing could be judged.

Examples:
  gemrig expect ci/panfrost-rk3399 out
  gemrig expect ci/panfrost-rk3399 out --update --bug https://example.org/bug/17
  gemrig expect ci/panfrost-rk3399 conform-rk3399.json --json`

export function expectCommand(): Command {
  return new Command('expect')
    .description('tell what is new of a run from what is known of the board, in the files of the DRM CI')
    .argument('<files>', 'what the names of the files begin with: driver and GPU or board')
    .argument('<runs>', 'the run or runs')
    .option('--update', 'bring fails and flakes to what was seen')
    .option('--bug <address>', 'with --update: the bug report of new flakes', 'none yet')
    .option('--json', 'print what came of each case, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action(expect)
}

async function expect(prefix: string, path: string, flags: Flags): Promise<void> {
  const all = await readSide(path, say)
  const expectations = readExpectations(prefix)
  const missing = missingFiles(expectations)
  if (missing.length > 0 && flags.update !== true)
    throw new RangeError(
      `there is none of ${missing.join(', ')}: name what they begin with, or --update to make them`,
    )
  // What an incomplete run did not come to would be taken for mended.
  const runs = flags.update === true ? all.filter((run) => !isIncomplete(run)) : all
  if (runs.length < all.length) say(`${all.length - runs.length} run(s) left out, as they ended early`)
  const judged = judge(runs, expectations)
  const unexpected = judged.filter(isUnexpected)
  if (flags.json) process.stdout.write(`${JSON.stringify({ cases: judged })}\n`)
  else for (const one of unexpected) process.stdout.write(`${line(one)}\n`)
  const known = judged.filter(({ judgement }) => judgement.startsWith('known')).length
  say(`${judged.length} case(s): ${unexpected.length} unexpected, ${known} known`)
  if (judged.every(({ judgement }) => judgement === 'not-run' || judgement === 'skipped'))
    process.exitCode = EXIT.inconclusive
  else if (flags.update) update(expectations, judged, runs, flags.bug)
  else if (unexpected.length > 0) process.exitCode = EXIT.fail
}

const line = ({ name, judgement, runs, failed }: JudgedCase) =>
  `${judgement}: ${name} (failed in ${failed} of ${runs})`

function update(
  expectations: Expectations,
  judged: readonly JudgedCase[],
  runs: readonly ComparedRun[],
  bug: string,
): void {
  const board = runs[0]?.condition['board'] ?? 'unknown'
  const linux = /Linux ([^\s,)]+)/.exec(board)?.[1] ?? 'unknown'
  const { fails, flakes } = updatedLines(expectations, judged, { board, bug, linux })
  for (const [file, lines] of [
    [expectations.files.fails, fails],
    [expectations.files.flakes, flakes],
  ] as const) {
    if (lines === undefined) continue
    writeLines(file, lines)
    say(`${file.path} is brought up to date`)
  }
}
