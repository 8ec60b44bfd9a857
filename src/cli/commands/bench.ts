/** `gemrig bench`: experiments on models of the kernel. */
import { Command } from 'commander'
import { findingsOf } from '../../bench/walkers/findings.js'
import { runWalkers } from '../../bench/walkers/run-walkers.js'
import { walkersText } from '../../report/walkers-table.js'
import { jsonOption, parseWhole } from '../options.js'

const EXAMPLES = `
Three ways for a driver's shrinker to go over TTM's LRU (one object a call, a walk of nr_to_scan, a cursor that is kept)
reclaim the same simulated device under many conditions. docs/walkers.md says what is modelled.

Examples:
  gemrig bench walkers
  gemrig bench walkers --seed 7 --json`

export function benchCommand(): Command {
  const walkers = new Command('walkers')
    .description('compare LRU walkers under reclaim, on a model of TTM')
    .option('--seed <number>', 'of whatever is left to chance', parseWhole, 1)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(({ seed, json }: { seed: number; json?: boolean }) => {
      const runs = runWalkers(seed)
      const findings = findingsOf(runs)
      process.stdout.write(
        json ? `${JSON.stringify({ seed, findings, runs })}\n` : walkersText(seed, runs, findings),
      )
    })
  return new Command('bench')
    .description('experiments on models of the kernel')
    .addHelpText('after', '\nExamples:\n  gemrig bench walkers\n  gemrig bench walkers --json')
    .addCommand(walkers)
}
