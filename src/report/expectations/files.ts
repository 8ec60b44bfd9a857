/**
 * What is known to go wrong on a board, as the DRM subsystem keeps it for its CI (drivers/gpu/drm/ci/xfails): three
 * files, `panfrost-rk3399-fails.txt`, `-flakes.txt` and `-skips.txt`. Lines that begin with `#` are comments.
 */
import { readFileSync } from 'node:fs'
import { writeWhole } from '../../files/write-whole.js'

export type ExpectationKind = 'fails' | 'flakes' | 'skips'

export interface ExpectationFile {
  readonly path: string
  /** As they are, with comments and empty lines; none when there is no such file. */
  readonly lines: readonly string[]
}

export interface Expectations {
  readonly files: Readonly<Record<ExpectationKind, ExpectationFile>>
  /** `test@case` and how it goes wrong: `Fail`. Without those that are noted as improved: they are not known to fail. */
  readonly fails: ReadonlyMap<string, string>
  /** Regular expressions, found anywhere in a name. */
  readonly flakes: readonly RegExp[]
  readonly skips: readonly RegExp[]
}

/** What igt_runner calls a test that no longer fails; the kernel tree's files have `test@case,UnexpectedImprovement(Skip)`. */
const IMPROVED = 'UnexpectedImprovement('

/** `prefix`: `ci/panfrost-rk3399`. A file that is not there is empty. Throws RangeError with file and line. */
export function readExpectations(prefix: string): Expectations {
  const files = {
    fails: readLines(`${prefix}-fails.txt`),
    flakes: readLines(`${prefix}-flakes.txt`),
    skips: readLines(`${prefix}-skips.txt`),
  }
  return {
    files,
    fails: new Map(
      entries(files.fails)
        .map(({ text, where }) => failure(text, where))
        .filter(([, result]) => !result.startsWith(IMPROVED)),
    ),
    flakes: entries(files.flakes).map(expression),
    skips: entries(files.skips).map(expression),
  }
}

/** The paths that were looked for, when none of the three files is there. */
export function missingFiles({ files }: Expectations): readonly string[] {
  const all = Object.values(files)
  return all.every(({ lines }) => lines.length === 0) ? all.map(({ path }) => path) : []
}

/** Of one file of skips. Throws RangeError when it cannot be read. */
export function readSkips(path: string): readonly RegExp[] {
  const file = readLines(path)
  if (file.lines.length === 0) throw new RangeError(`${path} is empty, or does not exist`)
  return entries(file).map(expression)
}

/** Throws RangeError when it cannot be written. */
export function writeLines({ path }: ExpectationFile, lines: readonly string[]): void {
  try {
    writeWhole(path, lines.map((line) => `${line}\n`).join(''))
  } catch (error) {
    throw new RangeError(`cannot write ${path}: ${(error as Error).message}`)
  }
}

interface Entry {
  readonly text: string
  readonly where: string
}

function readLines(path: string): ExpectationFile {
  try {
    return { path, lines: readFileSync(path, 'utf8').trimEnd().split('\n') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, lines: [] }
    throw new RangeError(`cannot read ${path}: ${(error as Error).message}`)
  }
}

function entries({ path, lines }: ExpectationFile): Entry[] {
  return lines.flatMap((line, index) => {
    const text = line.trim()
    return text === '' || text.startsWith('#') ? [] : [{ text, where: `${path}:${index + 1}` }]
  })
}

function failure(text: string, where: string): [string, string] {
  const [, name, result] = /^([^,\s]+),([A-Za-z]+(?:\([A-Za-z]+\))?)$/.exec(text) ?? []
  if (name === undefined || result === undefined)
    throw new RangeError(`${where}: '${text}' is no test and result, like churn@verdict,Fail`)
  return [name, result]
}

function expression({ text, where }: Entry): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new RangeError(`${where}: ${(error as Error).message}`)
  }
}
