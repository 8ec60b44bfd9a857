/** The table at the end of a stress run: a row for each pressure source; a list where the window is too narrow for it. */
import Table from 'cli-table3'
import type { PhaseTally } from '../events/stress-event.js'
import { findPressureSource } from '../pressure/sources.js'
import type { StressResult } from '../stress/recorder.js'

const HEAD = ['pressure', 'purgeable', 'purged', 'confirmed', 'retained', 'verified', 'OOM kills', 'time']

/** `columns` of the window. */
export function summaryTable(result: StressResult, columns = Infinity): string {
  const table = tableOf(result)
  return (table.split('\n')[0]?.length ?? 0) > columns ? listOf(result) : table
}

function listOf(result: StressResult): string {
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
        `  OOM kills: ${oomText(phase.tally)}`,
      ]
    })
    .join('\n')
}

function tableOf(result: StressResult): string {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const phase of result.phases) {
    const title = findPressureSource(phase.phase).title
    if ('tally' in phase) table.push(row(title, phase.tally))
    else table.push([title, { colSpan: HEAD.length - 1, content: `not used: ${phase.refused}` }])
  }
  return table.toString()
}

function row(title: string, tally: PhaseTally): (string | number)[] {
  const { purgeable, purged, confirmed, retained, verified } = tally
  return [
    title,
    purgeable,
    purged,
    confirmed,
    retained,
    verified,
    oomText(tally),
    `${(tally.durationMs / 1000).toFixed(1)} s`,
  ]
}

function oomText({ oomKills, hogsKilled }: PhaseTally): string {
  if (oomKills === 0) return '0'
  const others = oomKills - hogsKilled
  return others <= 0 ? `${oomKills} (the hog${oomKills > 1 ? 's' : ''})` : `${oomKills} (${others} not ours!)`
}
