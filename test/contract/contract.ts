/**
 * The contract of a Backend, as rows: each is a small program and what must come of it, on every backend.
 *
 * Neither this file nor the rows import anything at run time, so that they run as they are inside a virtual board.
 */
import type { Backend, BackendKind } from '../../src/backend/backend.js'
import type { MapHandle } from '../../src/backend/memory-calls.js'
import type { Outcome } from '../../src/backend/outcome.js'

/** Where the rows run. */
export interface Place {
  readonly backend: Backend
  /** The render node of a Panfrost device. */
  readonly node: string
  readonly errnoName: (errno: number) => string
  /** Makes the kernel purge all that may be purged. */
  purge(): void
}

export interface Row {
  readonly name: string
  run(trial: Trial): unknown
  /** Compared as JSON with what the program returned. */
  readonly expected: unknown
  /** Backends on which it does not hold, with the reason. */
  readonly differsOn?: Partial<Record<BackendKind, string>>
}

export interface Result {
  readonly name: string
  readonly actual: unknown
  readonly isKept: boolean
}

const RAISED_SIGBUS = -135

/** What a row's program works with: a fresh open file, and shorthands. All files are closed after it. */
export class Trial {
  readonly backend: Backend
  readonly fd: number
  readonly node: string
  readonly purge: () => void
  readonly #errnoName: (errno: number) => string
  readonly #fds: number[] = []
  readonly #maps: MapHandle[] = []

  constructor(place: Place) {
    this.backend = place.backend
    this.node = place.node
    this.purge = () => place.purge()
    this.#errnoName = place.errnoName
    this.fd = this.open()
  }

  /** One more open file of the device. */
  open(path = this.node): number {
    const fd = this.backend.drm.open(path)
    if (fd < 0) throw new Error(`open ${path}: ${this.answer(fd)}`)
    this.#fds.push(fd)
    return fd
  }

  /** The handle of a new buffer of this file. */
  bo(sizeBytes = 4096, flags = 1, fd = this.fd): number {
    return this.must(this.backend.panfrost.createBo(fd, sizeBytes, flags)).handle
  }

  offset(handle: number, fd = this.fd): bigint {
    return this.must(this.backend.panfrost.mmapBo(fd, handle, 0)).offset
  }

  map(handle: number, sizeBytes = 4096): MapHandle {
    return this.keep(this.backend.memory.mmap(this.fd, this.offset(handle), sizeBytes))
  }

  /** A buffer that was filled with the pattern of `seed`, mapped. */
  filled(seed: bigint, sizeBytes = 4096): { handle: number; map: MapHandle } {
    const handle = this.bo(sizeBytes)
    const map = this.map(handle, sizeBytes)
    this.backend.memory.fill(map, seed, 0, sizeBytes)
    return { handle, map }
  }

  madvise(handle: number, advice: number): string | number {
    return this.answer(this.backend.panfrost.madvise(this.fd, handle, advice))
  }

  /** A mapping that is unmapped after the row, if it is not by then. */
  keep(map: Outcome<MapHandle>): MapHandle {
    const made = this.must(map)
    this.#maps.push(made)
    return made
  }

  /** A descriptor that is closed after the row. */
  keepFd(fd: number): number {
    if (fd < 0) throw new Error(`refused: ${this.answer(fd)}`)
    this.#fds.push(fd)
    return fd
  }

  must<T extends object>(outcome: Outcome<T>): T {
    if (typeof outcome === 'number') throw new Error(`refused: ${this.answer(outcome)}`)
    return outcome
  }

  /** `-ENOENT` or `SIGBUS` for a refusal, the number itself, or `object`. */
  answer(outcome: number | object): string | number {
    if (typeof outcome === 'object') return 'object'
    if (outcome === RAISED_SIGBUS) return 'SIGBUS'
    return outcome < 0 ? `-${this.#errnoName(-outcome)}` : outcome
  }

  /** The name of the error that a call throws. */
  thrown(call: () => unknown): string {
    try {
      call()
    } catch (error) {
      return (error as Error).name
    }
    return 'nothing'
  }

  end(): void {
    for (const map of this.#maps) this.backend.memory.munmap(map)
    for (const fd of this.#fds) this.backend.drm.close(fd)
  }
}

export function runContract(place: Place, rows: readonly Row[]): Result[] {
  return rows.map((row) => {
    const actual = runRow(place, row)
    const isKept = JSON.stringify(actual) === JSON.stringify(row.expected)
    return { name: row.name, actual, isKept }
  })
}

function runRow(place: Place, row: Row): unknown {
  const trial = new Trial(place)
  try {
    return row.run(trial)
  } catch (error) {
    return String(error)
  } finally {
    trial.end()
  }
}
