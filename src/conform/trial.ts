/** What a row's program works with: fresh open files, and shorthands. All is given back after it. */
import type { Backend } from '../backend/backend.js'
import { errnoName } from '../backend/errno.js'
import { RAISED_SIGBUS, type MapHandle } from '../backend/memory-calls.js'
import type { Outcome } from '../backend/outcome.js'
import type { PressureName } from '../pressure/pressure-source.js'
import type { ShrinkerDebugfs } from '../pressure/shrinker-debugfs.js'
import type { Place, PlaceDevice, Pressed } from './place.js'

export class Trial {
  readonly backend: Backend
  readonly #place: Place
  readonly #fds: number[] = []
  readonly #maps: MapHandle[] = []
  readonly #opened = new Map<string, number>()

  constructor(place: Place) {
    this.#place = place
    this.backend = place.backend
  }

  /** The device of that driver; the row has to need it. */
  device(driver: string): PlaceDevice {
    const device = this.#place.devices[driver]
    if (device === undefined) throw new Error(`the row does not say that it needs ${driver}`)
    return device
  }

  /** The render node of the Panfrost device. */
  get node(): string {
    return this.device('panfrost').renderNode
  }

  /** This row's own open file of the Panfrost device. */
  get fd(): number {
    return this.#openOnce(this.node)
  }

  /** This row's own open file of vgem, whose dumb buffers a render node refuses. */
  get vgem(): number {
    const { primaryNode, renderNode } = this.device('vgem')
    return this.#openOnce(primaryNode ?? renderNode)
  }

  get panthor(): number {
    return this.#openOnce(this.device('panthor').renderNode)
  }

  get i915(): number {
    return this.#openOnce(this.device('i915').renderNode)
  }

  purge(): Promise<void> {
    return this.#place.purge()
  }

  press(source: PressureName, driver: string): Promise<Pressed> {
    return this.#place.press(source, driver)
  }

  /** Panfrost's shrinker; the row has to need it. */
  get shrinker(): ShrinkerDebugfs {
    const { shrinker } = this.#place
    if (shrinker === undefined) throw new Error('the row does not say that it needs shrinker-debugfs')
    return shrinker
  }

  #openOnce(path: string): number {
    const fd = this.#opened.get(path) ?? this.open(path)
    this.#opened.set(path, fd)
    return fd
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

  map(handle: number, sizeBytes = 4096, fd = this.fd): MapHandle {
    return this.keep(this.backend.memory.mmap(fd, this.offset(handle, fd), sizeBytes))
  }

  /** A buffer that was filled with the pattern of `seed`, mapped. */
  filled(seed: bigint, sizeBytes = 4096): { handle: number; map: MapHandle } {
    const handle = this.bo(sizeBytes)
    const map = this.map(handle, sizeBytes)
    this.backend.memory.fill(map, seed, 0, sizeBytes)
    return { handle, map }
  }

  madvise(handle: number, advice: number, fd = this.fd): string | number {
    return this.answer(this.backend.panfrost.madvise(fd, handle, advice))
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
    return outcome < 0 ? `-${errnoName(-outcome)}` : outcome
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
