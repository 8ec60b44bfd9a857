/** Signals for a LAVA dispatcher, which reads them from the console: lava_test_shell.py; one case a line. */
import type { TestCase, TestSuite } from './cases.js'

export function lavaSignals(suites: readonly TestSuite[]): string {
  const lines = suites.flatMap(({ name, cases }) => [
    `<LAVA_SIGNAL_TESTSET START ${word(name)}>`,
    ...cases.map(caseSignal),
    '<LAVA_SIGNAL_TESTSET STOP>',
  ])
  return lines.map((line) => `${line}\n`).join('')
}

function caseSignal({ name, result, measurement }: TestCase): string {
  const measured =
    measurement === undefined ? '' : ` MEASUREMENT=${measurement.value} UNITS=${word(measurement.units)}`
  return `<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=${word(name)} RESULT=${result}${measured}>`
}

/** No white space, `=`, `<` or `>` may be in a value. */
export function word(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
}
