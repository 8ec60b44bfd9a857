/** Runs that were saved with --save, or printed with --json. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { ConformRun } from './conform-run.js'

/** RangeError when the file cannot be read or is something else. */
export function readRun(path: string): ConformRun {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new RangeError(`${path} cannot be read: ${(error as Error).message}`)
  }
  if (!isRun(content)) throw new RangeError(`${path} is no run of gemrig conform: --save FILE writes one`)
  return content
}

/** RangeError when it cannot be written. */
export function writeRun(path: string, run: ConformRun): void {
  try {
    writeFileSync(path, runText(run))
  } catch (error) {
    throw new RangeError(`${path} cannot be written: ${(error as Error).message}`)
  }
}

/** One line for each row, so that a change of one is a change of one line. */
export function runText({ rows, ...rest }: ConformRun): string {
  const head = JSON.stringify(rest).slice(0, -1)
  return `${head},"rows":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`
}

function isRun(content: unknown): content is ConformRun {
  if (typeof content !== 'object' || content === null) return false
  const { format, rows, calls, drivers } = content as Partial<Record<keyof ConformRun, unknown>>
  return (
    format === 'gemrig-conform-1' &&
    Array.isArray(rows) &&
    Array.isArray(calls) &&
    typeof drivers === 'object'
  )
}
