/** `gemrig bench`: experiments on models of the kernel. */
import { Command } from 'commander'
import { CONSTANTS } from '../../bench/heap-model/constants.js'
import { heapRatios } from '../../bench/heap-model/ratios.js'
import { runHeapModel } from '../../bench/heap-model/run-heap-model.js'
import { findingsOf } from '../../bench/walkers/findings.js'
import { runWalkers } from '../../bench/walkers/run-walkers.js'
import { heapModelText } from '../../report/heap-model-table.js'
import { walkersText } from '../../report/walkers-table.js'
import { jsonOption, parseWhole } from '../options.js'

const HEAP_EXAMPLES = `
5000 times a buffer is allocated and closed on a model of ION, of mainline's system heap, and of the system heap with page
pools, with deferred freeing, and with both, as a series of 2021 proposed. The ratios are put beside those of its cover letter.
All numbers are modelled, none is measured: docs/heap-model.md says from which constants.

Examples:
  gemrig bench heap-model
  gemrig bench heap-model --json`

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
  const heapModel = new Command('heap-model')
    .description("compare dma-buf heaps' allocators on a cost model")
    .addOption(jsonOption())
    .addHelpText('after', HEAP_EXAMPLES)
    .action(({ json }: { json?: boolean }) => {
      const runs = runHeapModel()
      const ratios = heapRatios(runs)
      process.stdout.write(
        json
          ? `${JSON.stringify({ modelled: true, constants: CONSTANTS, ratios, runs })}\n`
          : heapModelText(runs, ratios),
      )
    })
  return new Command('bench')
    .description('experiments on models of the kernel')
    .addHelpText(
      'after',
      '\nExamples:\n  gemrig bench walkers\n  gemrig bench walkers --json\n  gemrig bench heap-model',
    )
    .addCommand(walkers)
    .addCommand(heapModel)
}
