/** The model of the heap benchmark as tables. */
import Table from 'cli-table3'
import type { HeapRatio } from '../bench/heap-model/ratios.js'
import type { HeapModelRun } from '../bench/heap-model/run-heap-model.js'

const style = { head: [], border: [], compact: true }

export function heapModelText(runs: readonly HeapModelRun[], ratios: readonly HeapRatio[]): string {
  return [
    'Heaps of dma-bufs on a model: modelled nanoseconds, nothing here is measured',
    runTable(runs),
    '',
    'Ratios of the cover letter (measured there, on an x86 virtual machine) and of the model',
    ratioTable(ratios),
    '',
  ].join('\n')
}

function runTable(runs: readonly HeapModelRun[]): string {
  const table = new Table({
    head: ['bytes', 'allocator', 'ns/call', 'ns/page', '/ION', 'from pools', 'pages shrunk'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right'],
    style,
  })
  for (const run of runs) {
    const { allocator, sizeBytes, nsPerCall, pooledShare, shrunkPages } = run
    const ion = runs.find((each) => each.allocator === 'ion' && each.sizeBytes === sizeBytes)
    table.push([
      sizeBytes,
      allocator,
      Math.round(nsPerCall),
      Math.round(nsPerCall / (sizeBytes / 4096)),
      ion === undefined ? '' : (nsPerCall / ion.nsPerCall).toFixed(2),
      `${Math.round(pooledShare * 100)} %`,
      shrunkPages,
    ])
  }
  return table.toString()
}

function ratioTable(ratios: readonly HeapRatio[]): string {
  const table = new Table({
    head: ['ratio', 'cover letter', 'model', 'off by'],
    colAligns: ['left', 'right', 'right', 'right'],
    style,
  })
  for (const { name, coverLetter, model } of ratios) {
    const off = Math.round((model / coverLetter - 1) * 100)
    table.push([name, coverLetter.toPrecision(3), model.toPrecision(3), `${off > 0 ? '+' : ''}${off} %`])
  }
  return table.toString()
}
