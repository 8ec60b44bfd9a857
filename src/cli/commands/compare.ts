/** `gemrig compare`: what changed between two runs, or two groups of runs. */
import { Command } from 'commander'
import { compareRuns, gotWorse } from '../../report/compare/comparison.js'
import { readSide } from '../../report/compare/read-side.js'
import { comparisonText } from '../../report/compare/text.js'
import { EXIT } from '../exit-codes.js'

const say = (text: string) => process.stderr.write(`${text}\n`)

const EXAMPLES = `
A and B are each the folder of a run, a folder of runs (a series is one), or a file of gemrig conform --save. Shown are
conditions, results that changed, and measures that differ. A run in a folder that cannot be read is left out, and named. With four or more runs of a scenario on each side, measures
that differ by chance are left out: a permutation test of ranks in which a run is one observation, with 5 % false
discoveries over all measures. With fewer runs all that differ are shown, untested.

Exit codes: 0 no case got worse; 1 a case fails in B that did not in A (beyond chance, where that is tested);
2 wrong use, or no run there.

Examples:
  gemrig compare gemrig-results/20260101-120000-fake-17 gemrig-results/20260102-120000-fake-23
  gemrig stress bo-cache --repeat 10 --out before    (then boot the other kernel, and again with --out after)
  gemrig compare before after
  gemrig compare conform-6.12.json conform-7.2.json`

export function compareCommand(): Command {
  return new Command('compare')
    .description('show what changed between two runs, or two groups of runs')
    .argument('<A>', 'the run or runs before')
    .argument('<B>', 'the run or runs after')
    .option('--json', 'print the comparison for programs, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action(compare)
}

async function compare(a: string, b: string, { json }: { readonly json?: true }): Promise<void> {
  const comparison = compareRuns(await readSide(a, say), await readSide(b, say))
  const { columns } = process.stdout
  process.stdout.write(`${json ? JSON.stringify(comparison) : comparisonText(comparison, columns)}\n`)
  if (gotWorse(comparison)) process.exitCode = EXIT.fail
}
