/** `output/result.txt` of Linaro's test-definitions, which `send-to-lava.sh` reads: automated/lib/sh-test-lib there. */
import type { TestCase, TestSuite } from './cases.js'
import { word } from './lava.js'

export function linaroResults(suites: readonly TestSuite[]): string {
  const lines = suites.flatMap(({ name, cases }) => [
    `lava-test-set start ${word(name)}`,
    ...cases.map(caseLine),
    'lava-test-set stop',
  ])
  return lines.map((line) => `${line}\n`).join('')
}

function caseLine({ name, result, measurement }: TestCase): string {
  const measured = measurement === undefined ? '' : ` ${measurement.value} ${word(measurement.units)}`
  return `${word(name)} ${result}${measured}`
}
