/** What `gemrig stress` prints below its table: the kernel's log, broken promises, and the verdict. */
import { oomVictim } from '../events/oom-victim.js'
import { escapeControls } from '../report/escape.js'
import type { ResultJson } from '../report/result-json.js'

export function verdictLines(result: ResultJson): string {
  const verdict = `${result.verdict}: ${result.reason}`
  return [
    ...kernelLogLines(result),
    ...oomKillLines(result),
    ...result.violations,
    ...programLines(result),
    verdict,
    `results: ${result.directory}`,
  ]
    .map((line) => `${escapeControls(line)}\n`)
    .join('')
}

/** The shortest program of each bug that showed between system calls. */
function programLines({ interleavings = [] }: ResultJson): string[] {
  return interleavings.flatMap(({ hunt, about, found }) =>
    found === undefined
      ? []
      : [
          `the shortest program that shows it (${hunt}: ${about}):`,
          ...found.program.map((line) => `  ${line}`),
          ...found.story.map((line) => `  ${line}`),
        ],
  )
}

/** Hogs are meant to be killed, and the table has their number. */
function oomKillLines({ oomKills = [] }: ResultJson): string[] {
  return oomKills.filter(({ whose }) => whose !== 'hog').map((kill) => `OOM killer: ${oomVictim(kill)}`)
}

/** What the kernel said that is worth a look, and what it cost to look at the machine. */
function kernelLogLines({ kernelLog, sampling }: ResultJson): string[] {
  const { readable, reason = '', records, lost, newTaint, messages } = kernelLog
  const told = messages
    .filter(({ severity }) => severity !== 'information')
    .map(
      ({ name, count, expected }) =>
        `kernel log: ${count} x ${name}${expected === 0 ? '' : ` (${expected} expected)`}`,
    )
  const taint = newTaint === '' ? '' : `, new taint ${newTaint}`
  const head = readable ? `${records} records, ${lost} lost${taint}` : `not readable: ${reason}`
  const share = `${(sampling.share * 100).toFixed(1)} % of a processor`
  return [`kernel log: ${head}`, ...told, `sampling: ${sampling.samples} samples, ${share}`]
}
