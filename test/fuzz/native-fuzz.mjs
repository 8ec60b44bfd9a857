/**
 * Calls every function that the addon exports with wrong types, wrong handles, closed objects, absurd sizes and objects
 * that throw, from several threads at once, and wants no crash, no leak, no hang and no error but a TypeError.
 *
 *     node test/fuzz/native-fuzz.mjs [--calls N] [--workers N] [--seed N] [--worker N] [--node PATH]... [--trace] [--verbose]
 *
 * --worker repeats the calls of that worker alone, --trace shows each call before it is made. --node adds a device node to
 * the files that calls work on; without it they get /dev/null and files of a temporary folder only.
 */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const TIMEOUT_MS = 15 * 60_000

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    worker: { type: 'string' },
    node: { type: 'string', multiple: true, default: [] },
    trace: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const options = {
  root: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  calls: Number(values.calls),
  workers: Number(values.workers),
  seed: Number(values.seed),
  nodes: values.node,
  trace: values.trace,
  verbose: values.verbose,
  sanitized: process.env['GEMRIG_SANITIZED'] === '1',
  ...(values.worker === undefined ? {} : { stream: Number(values.worker) }),
}

console.log(`seed ${options.seed}, ${options.workers} workers`)
const script = fileURLToPath(new URL('fuzz-process.mjs', import.meta.url))
const { status, signal } = spawnSync(process.execPath, ['--expose-gc', script, JSON.stringify(options)], {
  stdio: 'inherit',
  timeout: TIMEOUT_MS,
  killSignal: 'SIGKILL',
})
if (status !== 0) {
  const how = signal === null ? `exit code ${status}` : signal
  console.error(
    `the fuzz run failed (${how}). Again: node test/fuzz/native-fuzz.mjs --seed ${options.seed} ` +
      `--workers ${options.workers} --calls ${options.calls}`,
  )
}
process.exitCode = status === 0 ? 0 : 1
