/** The part of a trace that tells how it came to a violation, and the program that did. */
import type { RunResult } from '../sim/sched/scheduler.js'
import type { StoryLine } from '../sim/sched/trace.js'

/** Steps before the end that are told whatever they are about. */
const LAST = 6

/** One line a step; steps that have nothing to do with what was found are left out. */
export function storyOf({ violation, story }: RunResult, maxLines = 40): string[] {
  if (violation === null) return []
  const named = new Set(violation.message.match(/bo \d+/g) ?? [])
  const concerns = ({ about }: StoryLine) =>
    [...named].some((name) => about === name || about.endsWith(` ${name}`))
  const chosen = story.filter((line, i) => i >= story.length - LAST || concerns(line)).slice(-maxLines)
  const lines: string[] = []
  let before = chosen[0]?.step ?? 0
  for (const { step, cpu, thread, doing, text } of chosen) {
    if (step > before + 1) lines.push('   ...')
    before = step
    lines.push(`${String(step).padStart(5)}  cpu${cpu} ${thread} (${doing}): ${text}`)
  }
  return [...lines, `       ${violation.check}: ${violation.message}`]
}

/** The calls of each thread, one line each; what it did several times in a row is one line. */
export function programOf({ calls }: RunResult): string[] {
  const lines: { text: string; times: number }[] = []
  for (const { thread, call } of calls) {
    const text = `${thread}: ${call}`
    const last = lines.at(-1)
    if (last?.text === text) last.times++
    else lines.push({ text, times: 1 })
  }
  return lines.map(({ text, times }) => (times === 1 ? text : `${text} (${times} times)`))
}
