/**
 * Changes of the machine's settings (sysctls) that are taken back: at the end, on Ctrl-C, and after kill -9 by the next
 * start, as what was there is written down before it is changed.
 */
import { normalize } from 'node:path/posix'
import type { Board } from '../board/board.js'
import type { NegativeErrno } from '../backend/outcome.js'
import { ERRNO } from '../backend/errno.js'
import { KernelFileError } from '../observe/read.js'
import { isMakerGone, ownRunName } from './run-name.js'

type Place = Pick<Board, 'files' | 'state'>

/** A pseudo-file and what was in it. */
interface Change {
  readonly path: string
  readonly text: string
}

export class Undo {
  readonly #place: Place
  readonly #name: string
  #changes: readonly Change[] = []

  /** Takes back first what runs before this one left changed. */
  static async begin(place: Place): Promise<Undo> {
    await undoLeftovers(place)
    return new Undo(place, await ownRunName(place))
  }

  private constructor(place: Place, name: string) {
    this.#place = place
    this.#name = name
  }

  /** Writes a setting. 0, or what the kernel answers, and then nothing has changed. Throws StateStoreError. */
  async set(path: string, text: string): Promise<NegativeErrno | 0> {
    const before = await this.#place.files.read(path)
    if (typeof before === 'number') return before
    this.#keep([...this.#changes, { path, text: before.trim() }])
    const result = await this.#place.files.write(path, text)
    if (result < 0) this.#keep(this.#changes.slice(0, -1))
    return result
  }

  /** Puts back all that was set, the last one first. Throws KernelFileError when one cannot be: it stays written down. */
  async restore(): Promise<void> {
    await putBack(this.#place, this.#changes, (left) => this.#keep(left))
  }

  #keep(changes: readonly Change[]): void {
    this.#changes = changes
    keep(this.#place, this.#name, changes)
  }
}

/** What runs left changed whose process is gone is put back. Returns the paths of the files that were. */
export async function undoLeftovers(place: Place): Promise<readonly string[]> {
  const paths: string[] = []
  for (const name of new Set([...place.state.list(), ...place.state.unfinished()])) {
    if (!(await isMakerGone(place, name))) continue
    const changes = parse(place.state.read(name))
    await putBack(place, changes, (left) => keep(place, name, left))
    paths.push(...changes.map((change) => change.path))
  }
  return paths
}

/** All are tried; those that the kernel refuses are left, and the first of them is thrown. */
async function putBack(
  { files }: Place,
  changes: readonly Change[],
  onLeft: (left: readonly Change[]) => void,
): Promise<void> {
  const left: Change[] = []
  let failure: KernelFileError | undefined
  for (const change of changes.toReversed()) {
    const result = await files.write(change.path, change.text)
    // A setting that has gone since, with its module, needs nothing.
    if (result >= 0 || result === -ERRNO.ENOENT) continue
    left.unshift(change)
    failure ??= new KernelFileError(change.path, 'write', result)
  }
  onLeft(left)
  if (failure !== undefined) throw failure
}

function keep({ state }: Place, name: string, changes: readonly Change[]): void {
  if (changes.length === 0) state.remove(name)
  else state.write(name, JSON.stringify(changes))
}

/** Where the kernel's settings are: nothing else is ever written to because a note says so. */
const SETTINGS = ['/proc/sys/', '/sys/']

/** A torn or foreign text tells of no changes. */
function parse(text: string | undefined): readonly Change[] {
  try {
    const changes: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(changes) ? changes.filter(isChange) : []
  } catch {
    return []
  }
}

function isChange(value: unknown): value is Change {
  const { path, text } = (value ?? {}) as Partial<Change>
  if (typeof path !== 'string' || typeof text !== 'string') return false
  return normalize(path) === path && SETTINGS.some((place) => path.startsWith(place))
}
