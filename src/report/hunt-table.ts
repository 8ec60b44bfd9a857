/** What a hunt for kernel bugs came to, as a table for a terminal, for a page of documentation, or as JSON. */
import Table from 'cli-table3'
import type { BugHunt } from '../hunt/hunt.js'
import { storyOf } from '../hunt/story.js'

const HEAD = ['bug', 'found by', 'seeds tried', 'steps', 'fixed code']

export function huntTable(hunts: readonly BugHunt[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } })
  for (const hunt of hunts) table.push(cellsOf(hunt))
  return table.toString()
}

export function huntMarkdown(hunts: readonly BugHunt[]): string {
  const rows = [HEAD, HEAD.map(() => '---'), ...hunts.map(cellsOf)]
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function huntJson(hunts: readonly BugHunt[]): object[] {
  return hunts.map(({ bug, scenario, find, findWithoutBug, shortest }) => ({
    ...bug,
    scenario: scenario.name,
    found: find === null ? null : { ...findJson(find), story: storyOf(find.result) },
    ...(shortest !== undefined && { shortest: shortestJson(shortest) }),
    foundWithoutBug: findWithoutBug === null ? null : findJson(findWithoutBug),
  }))
}

function findJson({ seed, seeds, totalSteps, result }: NonNullable<BugHunt['find']>): object {
  const { violation, steps, traceHash } = result
  return { seed, seeds, totalSteps, steps, traceHash, check: violation?.check, message: violation?.message }
}

function shortestJson({ seed, result }: NonNullable<BugHunt['shortest']>): object {
  const { steps, calls, violation } = result
  const { check, message } = violation ?? {}
  return { seed, steps, calls, check, message, story: storyOf(result) }
}

function cellsOf({ bug, find, findWithoutBug }: BugHunt): string[] {
  const clean = findWithoutBug === null ? 'clean' : `${findWithoutBug.result.violation?.check ?? ''}!`
  if (find === null) return [bug.name, 'not found', '', '', clean]
  return [bug.name, find.result.violation?.check ?? '', String(find.seeds), String(find.totalSteps), clean]
}
