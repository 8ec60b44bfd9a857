/** The HTML report: one file that needs nothing else and reaches for nothing. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { escapeMarkup as e } from '../escape.js'
import type { ResultJson } from '../result-json.js'
import type { Timeline } from '../timeline.js'
import { chartData } from './chart-data.js'
import { SCRIPT } from './script.js'
import {
  casesSection,
  environmentSection,
  kernelLogSection,
  latencySection,
  marksSection,
  leftBehindSection,
  oomKillSection,
  pressureSection,
  verdictSection,
} from './sections.js'
import { STYLE } from './style.js'

/** No network, no frames, no plug-ins, no script but ours: whatever text a kernel prints, the page can do nothing with it. */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(' ')}`
}

export function htmlReport(result: ResultJson, timeline: Timeline): string {
  const data = chartData(timeline)
  const scripts = [asset('uPlot.iife.min.js'), SCRIPT]
  const charts = data.charts.map(
    ({ id, title }) => `<h3>${e(title)}</h3><div class="chart" id="${e(id)}"></div>`,
  )
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gemrig: ${e(result.verdict)} on ${e(result.board.description)}</title>
<style>${asset('uPlot.min.css')}${STYLE}</style></head><body>
${verdictSection(result)}
${environmentSection(result)}
${pressureSection(result)}
${oomKillSection(result)}
${leftBehindSection(result)}
<h2>Time lines</h2>
${marksSection(timeline.marksLeftOut)}
${charts.join('\n')}
${kernelLogSection(timeline.log)}
${latencySection(result.latencies)}
${casesSection(result)}
<script type="application/json" id="data">${scriptSafe(JSON.stringify(data))}</script>
${scripts.map((code) => `<script>${code}</script>`).join('\n')}
</body></html>
`
}

/** JSON within a script element: nothing in it may end the element or begin a comment. */
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function asset(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8')
}
