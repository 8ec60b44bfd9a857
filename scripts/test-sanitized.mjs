// Runs the native tests and the fuzzer with an addon that AddressSanitizer, UndefinedBehaviorSanitizer and
// LeakSanitizer watch, and ends with `N passed, N failed`.
//
//     node scripts/test-sanitized.mjs [--calls N] [--fuzz-only]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSanitized, sanitizedFolder } from './build-sanitized.mjs'
import { readReports } from './sanitizer-reports.mjs'
import { ROOT, setUp } from './setup.mjs'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    'fuzz-only': { type: 'boolean', default: false },
  },
})
const reportFolder = join(sanitizedFolder, 'reports')
let passed = 0
let failed = 0

try {
  await setUp()
  buildSanitized()
} catch (error) {
  console.error(error.message)
  finish(1)
}

// node is not built with the sanitizer, so its runtime has to be there first.
const runtimes = ['libasan.so', 'libubsan.so'].map((name) =>
  spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim(),
)
const environment = {
  ...process.env,
  GEMRIG_PREBUILD: sanitizedFolder,
  GEMRIG_SANITIZED: '1',
  LD_PRELOAD: runtimes.join(':'),
  ASAN_OPTIONS: [
    `log_path=${join(reportFolder, 'report')}`,
    'detect_leaks=1',
    // The addon has a handler of its own, which is under test.
    'handle_sigbus=0',
    // Long enough to see past operator new and Node-API to the addon's own frame.
    'malloc_context_size=12',
    // A refused mapping or array is an answer here, and not the end.
    'allocator_may_return_null=1',
    'detect_odr_violation=0',
  ].join(':'),
  // Reports of leaks are judged by who is in the stack (sanitizer-reports.mjs), which no suppression can say; so the
  // exit code does not count.
  LSAN_OPTIONS: 'exitcode=0:max_leaks=0',
  UBSAN_OPTIONS: `print_stacktrace=1:log_path=${join(reportFolder, 'report')}`,
}

if (!values['fuzz-only']) {
  runStep('native tests', [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    'test/native/',
    // About a build that is missing; how fast it is without sanitizers; and the fuzzer, which comes below.
    '--exclude=**/build-native.test.ts',
    '--exclude=**/speed.test.ts',
    '--exclude=**/fuzz.test.ts',
    '--testTimeout=120000',
  ])
}
runStep('fuzz', [join(ROOT, 'test/fuzz/native-fuzz.mjs'), `--calls=${values.calls}`])
finish(0)

function runStep(name, args) {
  rmSync(reportFolder, { recursive: true, force: true })
  mkdirSync(reportFolder, { recursive: true })
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env: environment,
    stdio: 'inherit',
  })
  const texts = readdirSync(reportFolder).map((file) => readFileSync(join(reportFolder, file), 'utf8'))
  const { ours, leaksOfNode } = readReports(texts)
  for (const report of ours) console.error(report)
  console.log(`${name}: ${ours.length} reports about the addon, ${leaksOfNode} leaks of Node's own left out`)
  if (status !== 0) console.error(`${name} failed (${signal ?? `exit code ${status}`})`)
  if (status === 0 && ours.length === 0) passed++
  else failed++
}

function finish(more) {
  console.log(`${passed} passed, ${failed + more} failed`)
  process.exit(failed + more === 0 ? 0 : 1)
}
