/** The table at the end of a stress run: a row for each pressure source; a list where the window is too narrow for it. */
import Table from 'cli-table3'
import type { PhaseTally } from '../events/stress-event.js'
import { findPressureSource } from '../pressure/sources.js'
import type { StressResult } from '../stress/recorder.js'
import { isAboutEviction } from '../workload/scenarios/index.js'

const MIB = 1024 * 1024
/** `evicted` is there where the run is about it, or it was seen. */
const HEAD = [
  'pressure',
  'purgeable',
  'purged',
  'confirmed',
  'retained',
  'verified',
  'evicted',
  'OOM kills',
  'time',
] as const

/** `columns` of the window. */
export function summaryTable(result: StressResult, columns = Infinity): string {
  const table = tableOf(result)
  return (table.split('\n')[0]?.length ?? 0) > columns ? listOf(result) : table
}

function listOf(result: StressResult): string {
  const hasEvicted = showsEvicted(result)
  return result.phases
    .flatMap((phase) => {
      const { title } = findPressureSource(phase.phase)
      if ('refused' in phase) return [`${title}: not used: ${phase.refused}`]
      const { purgeable, purged, confirmed, retained, verified, durationMs } = phase.tally
      return [
        `${title}, ${(durationMs / 1000).toFixed(1)} s:`,
        `  ${purged} of ${purgeable} purged`,
        `  ${confirmed} of these confirmed`,
        `  ${retained} retained, ${verified} verified`,
        ...(hasEvicted ? [`  evicted: ${evictedText(phase.tally)}`] : []),
        `  OOM kills: ${oomText(phase.tally)}`,
      ]
    })
    .join('\n')
}

function tableOf(result: StressResult): string {
  const head = HEAD.filter((column) => column !== 'evicted' || showsEvicted(result))
  const table = new Table({
    head,
    colAligns: head.map((column) => (column === 'pressure' || column === 'OOM kills' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const phase of result.phases) {
    const { title } = findPressureSource(phase.phase)
    if ('tally' in phase) {
      const cells = cellsOf(title, phase.tally)
      table.push(head.map((column) => cells[column]))
    } else table.push([title, { colSpan: head.length - 1, content: `not used: ${phase.refused}` }])
  }
  return table.toString()
}

function showsEvicted({ plan, driver, total }: StressResult): boolean {
  return isAboutEviction(plan.scenario, driver) || total.evictedBytes !== undefined
}

function cellsOf(title: string, tally: PhaseTally): Record<(typeof HEAD)[number], string | number> {
  const { purgeable, purged, confirmed, retained, verified } = tally
  return {
    pressure: title,
    purgeable,
    purged,
    confirmed,
    retained,
    verified,
    evicted: evictedText(tally),
    'OOM kills': oomText(tally),
    time: `${(tally.durationMs / 1000).toFixed(1)} s`,
  }
}

function evictedText({ evictedBytes = 0 }: PhaseTally): string {
  return evictedBytes === 0 ? '0' : `${(evictedBytes / MIB).toFixed(1)} MiB`
}

function oomText({ oomKills, hogsKilled }: PhaseTally): string {
  if (oomKills === 0) return '0'
  const others = oomKills - hogsKilled
  return others <= 0 ? `${oomKills} (the hog${oomKills > 1 ? 's' : ''})` : `${oomKills} (${others} not ours!)`
}
