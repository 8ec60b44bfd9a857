/** JUnit XML that Jenkins and GitLab both take (jenkins-junit.xsd of the xUnit plugin). */
import { escapeMarkup } from './escape.js'
import { suitesOf, type TestCase, type TestSuite } from './cases.js'
import type { ResultJson } from './result-json.js'

/** A suite, and what is told of it as properties. */
export interface JunitSuite extends TestSuite {
  readonly properties: Readonly<Record<string, string>>
  /** When it began: ISO 8601, UTC. */
  readonly startedAt?: string
  readonly hostname?: string
}

export function junit(result: ResultJson): string {
  const properties = {
    board: result.board.description,
    driver: `${result.driver.name} ${result.driver.version}`,
    verdict: `${result.verdict}: ${result.reason}`,
    replay: result.replay,
  }
  const { startedAt, board } = result
  const origin = { hostname: board.hostname ?? board.kind, ...(startedAt !== undefined && { startedAt }) }
  return junitText(
    suitesOf(result).map((suite) => ({ ...suite, properties, ...origin })),
    result.durationMs,
  )
}

export function junitText(suites: readonly JunitSuite[], durationMs: number): string {
  const all = suites.flatMap(({ cases }) => cases)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="gemrig" tests="${all.length}" failures="${count(all, 'fail')}" errors="0" time="${seconds(durationMs)}">`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function suiteLines({ name, cases, properties, startedAt, hostname }: JunitSuite): string[] {
  const time = cases.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0)
  const numbers = `tests="${cases.length}" failures="${count(cases, 'fail')}" errors="0" skipped="${count(cases, 'skip')}"`
  // Its readers want no fraction and no zone.
  const timestamp = startedAt === undefined ? '' : ` timestamp="${escapeMarkup(startedAt.slice(0, 19))}"`
  const host = hostname === undefined ? '' : ` hostname="${escapeMarkup(hostname)}"`
  return [
    `  <testsuite name="gemrig.${escapeMarkup(name)}" ${numbers} time="${seconds(time)}"${timestamp}${host}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property name="${key}" value="${escapeMarkup(value)}"/>`,
    ),
    '    </properties>',
    ...cases.map((one) => caseLine(name, one)),
    '  </testsuite>',
  ]
}

function caseLine(suite: string, { name, result, message = '', durationMs = 0 }: TestCase): string {
  const head = `    <testcase classname="gemrig.${escapeMarkup(suite)}" name="${escapeMarkup(name)}" time="${seconds(durationMs)}"`
  const text = escapeMarkup(message)
  if (result === 'fail')
    return `${head}><failure message="${text}" type="broken-promise">${text}</failure></testcase>`
  return result === 'skip' ? `${head}><skipped>${text}</skipped></testcase>` : `${head}/>`
}

function count(cases: readonly TestCase[], result: TestCase['result']): number {
  return cases.filter((one) => one.result === result).length
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
