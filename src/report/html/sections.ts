/** The parts of the report that are plain tables. All that a journal tells passes through escapeMarkup, numbers too. */
import { oomVictim } from '../../events/oom-victim.js'
import type { KernelLogEvent } from '../../events/stress-event.js'
import { suitesOf } from '../cases.js'
import { escapeMarkup as e } from '../escape.js'
import type { Latency } from '../latencies.js'
import type { ResultJson } from '../result-json.js'
import type { TimelineLog } from '../timeline-log.js'
import { MARKS } from './marks.js'

export function verdictSection(result: ResultJson): string {
  const violations = result.violations.map((violation) => `<li>${e(violation)}</li>`).join('')
  return `<header class="verdict ${e(result.verdict)}"><h1>${e(result.verdict)}</h1>
<div>${e(result.reason)}</div>${violations === '' ? '' : `<ul>${violations}</ul>`}
<code class="replay">${e(result.replay)}</code></header>`
}

export function environmentSection(result: ResultJson): string {
  const { kernelLog, sampling, board, driver, plan } = result
  const taint = `${kernelLog.taintBefore || 'none'}${kernelLog.newTaint === '' ? '' : `, new: ${kernelLog.newTaint}`}`
  const rows: [string, string][] = [
    ['board', `${board.description} (${board.kind})`],
    ['driver', `${driver.name} ${driver.version}, ${driver.node}`],
    ['gemrig', result.gemrig],
    ['plan', JSON.stringify(plan)],
    ['operations', `${result.operations} in ${(result.durationMs / 1000).toFixed(1)} s`],
    [
      'kernel log',
      kernelLog.readable ? `${kernelLog.records} records, ${kernelLog.lost} lost` : (kernelLog.reason ?? ''),
    ],
    ['taint', taint],
    ['sampling', `${sampling.samples} samples, ${(sampling.share * 100).toFixed(2)} % of a processor`],
  ]
  const body = rows.map(([key, value]) => `<tr><th>${e(key)}</th><td>${e(value)}</td></tr>`).join('\n')
  return `<h2>Environment</h2><table>${body}</table>`
}

export function pressureSection(result: ResultJson): string {
  const keys = [
    'purgeable',
    'purged',
    'confirmed',
    'retained',
    'verified',
    'evictedBytes',
    'oomKills',
    'hogsKilled',
    'refusedForMemory',
    'durationMs',
  ] as const
  const head = keys.map((key) => `<th class="number">${e(key)}</th>`).join('')
  const rows = result.phases.map((phase) => {
    const cells =
      'refused' in phase
        ? `<td colspan="${keys.length}">not used: ${e(phase.refused)}</td>`
        : keys.map((key) => `<td class="number">${e(phase[key] ?? 0)}</td>`).join('')
    const cutOff = 'refused' in phase || !phase.cutOff ? '' : ' (cut off)'
    return `<tr><td>${e(phase.pressure)}${cutOff}</td>${cells}</tr>`
  })
  return `<h2>Pressure</h2><table><tr><th>source</th>${head}</tr>${rows.join('\n')}</table>`
}

/** Nothing where the log told of none. */
export function oomKillSection({ oomKills = [] }: ResultJson): string {
  if (oomKills.length === 0) return ''
  const rows = oomKills.map(
    (kill) => `<tr><td class="number">${(kill.t / 1e6).toFixed(3)}</td><td>${e(oomVictim(kill))}</td></tr>`,
  )
  return `<h2>OOM killer</h2><table><tr><th class="number">s</th><th>took</th></tr>${rows.join('\n')}</table>`
}

/** Nothing where all was undone. */
export function leftBehindSection({ leftBehind = [] }: ResultJson): string {
  if (leftBehind.length === 0) return ''
  const rows = leftBehind.map(({ what, reason }) => `<tr><td>${e(what)}</td><td>${e(reason)}</td></tr>`)
  return `<h2>Left behind on the machine</h2><table><tr><th>what</th><th>why</th></tr>${rows.join('\n')}</table>`
}

export function casesSection(result: ResultJson): string {
  const rows = suitesOf(result).flatMap(({ name: suite, cases }) =>
    cases.map(
      ({ name, result: outcome, message = '' }) =>
        `<tr><td>${e(suite)}</td><td>${e(name)}</td><td class="result-${e(outcome)}">${e(outcome)}</td><td>${e(message)}</td></tr>`,
    ),
  )
  return `<h2>Cases</h2><table><tr><th>suite</th><th>case</th><th>result</th><th></th></tr>${rows.join('\n')}</table>`
}

export function latencySection(latencies: readonly Latency[]): string {
  const rows = latencies.map(({ operation, actor, count, p50Us, p90Us, p99Us, maxUs, log2Counts }) => {
    const numbers = [count, p50Us, p90Us, p99Us, maxUs]
      .map((value) => `<td class="number">${e(value)}</td>`)
      .join('')
    return `<tr><td>${e(operation)}</td><td class="number">${e(actor)}</td>${numbers}<td>${bars(log2Counts)}</td></tr>`
  })
  const head = ['count', 'p50 us', 'p90 us', 'p99 us', 'max us']
    .map((text) => `<th class="number">${text}</th>`)
    .join('')
  return `<h2>Latencies</h2><table><tr><th>operation</th><th class="number">actor</th>${head}<th>1, 2, 4, 8... us</th></tr>${rows.join('\n')}</table>`
}

function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  const heights = counts.map((count) => (count === 0 ? 0 : Math.max(1, Math.round((count / most) * 24))))
  const title = counts.map((count, bucket) => `<${2 ** bucket} us: ${count}`).join(', ')
  return `<span class="bars" title="${e(title)}">${heights.map((px) => `<i style="height:${px}px"></i>`).join('')}</span>`
}

export function marksSection(marksLeftOut: number): string {
  const legend = Object.values(MARKS).map(
    ({ label, color }) => `<i style="background:${e(color)}"></i>${e(label)}`,
  )
  const leftOut = marksLeftOut === 0 ? '' : `<p>${e(marksLeftOut)} further marks are not drawn.</p>`
  return `<p class="legend">marks:${legend.join('')}</p>${leftOut}`
}

export function kernelLogSection({
  records,
  leftOut,
  shortened,
}: Pick<TimelineLog, 'records' | 'leftOut' | 'shortened'>): string {
  const rows = records.map((record) => {
    const { t, severity, name, text, lines } = record
    const body =
      lines === undefined
        ? e(text)
        : `<details><summary>${e(text)}</summary><pre>${e(lines.join('\n'))}</pre></details>`
    const label = `${name}${judgementOf(record)}`
    return `<tr data-t="${(t / 1e6).toFixed(6)}"><td class="number">${(t / 1e6).toFixed(3)}</td><td class="severity-${e(severity)}">${e(label)}</td><td class="text">${body}</td></tr>`
  })
  const missing = [
    ...(leftOut === 0 ? [] : [`${e(leftOut)} further records`]),
    ...(shortened === 0 ? [] : [`the traces of ${e(shortened)} records`]),
  ]
  const more = missing.length === 0 ? '' : `<p>Not shown: ${missing.join(' and ')}. All are in kmsg.log.</p>`
  return `<h2>Kernel log</h2><div class="log"><table><tr><th class="number">s</th><th>name</th><th></th></tr>${rows.join('\n')}</table></div>${more}`
}

/** A journal that was cut off does not tell of its last phase what it provoked. */
function judgementOf({ expected, conditional }: KernelLogEvent): string {
  if (expected) return ' (expected)'
  return conditional ? ' (not judged)' : ''
}
