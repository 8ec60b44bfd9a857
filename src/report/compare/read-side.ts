/** Reads one side of a comparison: a run, a folder of runs (a series is one), or a saved run of the conformance suite. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readRun } from '../../conform/saved-run.js'
import { summarize } from '../formats.js'
import { readJournal } from '../read-journal.js'
import { JOURNAL_FILE, ResultDirectoryError } from '../result-directory.js'
import { comparedConform, comparedStress, type ComparedRun } from './side.js'

/**
 * A run among others that cannot be read is left out, and `leaveOut` is told why. Throws ResultDirectoryError when there is
 * no run, RangeError for a file that is none of the conformance suite.
 */
export async function readSide(
  path: string,
  leaveOut: (why: string) => unknown,
): Promise<readonly ComparedRun[]> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile()) return [comparedConform(readRun(path))]
  if (stat === undefined) throw new ResultDirectoryError(`${path} does not exist`)
  if (isRun(path)) return [await readStress(path)]
  const folders = runsBelow(path)
  if (folders.length === 0)
    throw new ResultDirectoryError(`${path} holds no run: name what stress was given as --out`)
  const runs: ComparedRun[] = []
  for (const folder of folders) {
    try {
      runs.push(await readStress(folder))
    } catch (error) {
      if (!(error instanceof ResultDirectoryError)) throw error
      leaveOut(`left out: ${error.message}`)
    }
  }
  if (runs.length === 0) throw new ResultDirectoryError(`${path} holds no run that can be read`)
  return runs
}

const readStress = async (folder: string): Promise<ComparedRun> =>
  comparedStress((await summarize(readJournal(folder), folder)).result)

const isRun = (folder: string) => existsSync(join(folder, JOURNAL_FILE))

/** What was set aside when a board was lost has been run again. */
function runsBelow(path: string): string[] {
  return readdirSync(path)
    .filter((name) => !name.includes('.cut-off-'))
    .sort()
    .map((name) => join(path, name))
    .filter(isRun)
}
