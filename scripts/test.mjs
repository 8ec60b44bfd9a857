/**
 * `npm test`: sets everything up, runs the tests and ends with `N passed, N failed`. With --board it runs those that
 * boot virtual boards instead. In CI a test that was skipped counts as failed: there every part must be at hand.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, setUp } from './setup.mjs'

const isBoard = process.argv.includes('--board')
const filters = process.argv.slice(2).filter((argument) => argument !== '--board')
const inCi = process.env.CI === 'true'

let missing
try {
  missing = await setUp()
} catch (error) {
  finish(`gemrig: ${error.message}`, { passed: 0, failed: 1 })
}
if (missing) process.stderr.write(`without the addon, as something is missing: ${missing}\n`)

const report = join(ROOT, '.cache', `test-report-${process.pid}.json`)
mkdirSync(join(ROOT, '.cache'), { recursive: true })
const config = isBoard ? 'vitest.board.config.ts' : 'vitest.config.ts'
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
if (!existsSync(report)) finish('the test runner wrote no report', { passed: 0, failed: 1 })
const results = JSON.parse(readFileSync(report, 'utf8'))
rmSync(report)

const tests = results.testResults.flatMap((file) => file.assertionResults)
const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
const passed = tests.filter((test) => test.status === 'passed').length
let failed = tests.filter((test) => test.status === 'failed').length
// A file that could not be loaded has no tests to fail.
failed += results.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length
if (inCi) {
  for (const test of skipped) process.stdout.write(`skipped, which fails in CI: ${test.fullName}\n`)
  failed += skipped.length
}
if (status !== 0 && failed === 0) failed = 1
finish('', { passed, failed })

function finish(message, { passed, failed }) {
  if (message) process.stderr.write(`${message}\n`)
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
