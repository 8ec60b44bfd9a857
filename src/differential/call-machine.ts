/**
 * What a program of calls works on: places for open files, buffers, mappings, dma-bufs, syncobjs and sync files. A call
 * names places, never descriptors or handles, so it means the same on every kernel, also after steps were left out.
 */
import type { Backend } from '../backend/backend.js'
import type { MapHandle } from '../backend/memory-calls.js'
import type { Board } from '../board/board.js'
import { discoverDevices } from '../device/discover.js'

/** Places of open files: the GPU's, and the last one vgem's, where there is one. */
export const FILES = 5
export const VGEM_FILE = FILES - 1
/** Places of buffers: enough of them for the order of purges to show in the addresses that become free. */
export const BUFFERS = 10
/** Places of everything else: few, so that calls meet each other's work. */
export const PLACES = 5

/** Not open in any process: what stands in an empty place, so that the call is made all the same. */
const NO_FD = 1_000_000

const GPUS = ['panfrost', 'panthor'] as const
const VGEM = 'vgem'

export interface DeviceNodes {
  readonly driver: (typeof GPUS)[number]
  readonly gpu: string
  readonly vgem?: string
}

export interface HeldBuffer {
  /** Place of the file that the handle is of. */
  readonly file: number
  readonly handle: number
  readonly sizeBytes: number
  /** What the last request for it answered. */
  offset: bigint
}

export interface HeldSyncobj {
  readonly file: number
  readonly handle: number
}

const OFFSET_BITS = 28

/** Mapping offsets begin at 2^32, and at 2^28 on 32 bits (DRM_FILE_PAGE_OFFSET_START, drm_vma_manager.h): from there on. */
export function offsetText(offset: bigint): string {
  return BigInt.asUintN(OFFSET_BITS, offset).toString(16)
}

/** Undefined without a Panfrost or Panthor device that this user may open. Throws DrmError when devices cannot be listed. */
export function findNodes(backend: Backend): DeviceNodes | undefined {
  const devices = discoverDevices(backend)
  const path = (name: string) => devices.find(({ version }) => version?.name === name)?.path
  const vgem = path(VGEM)
  for (const driver of GPUS) {
    const gpu = path(driver)
    if (gpu !== undefined) return { driver, gpu, ...(vgem !== undefined && { vgem }) }
  }
  return undefined
}

export class CallMachine {
  readonly board: Board
  readonly backend: Backend
  readonly #nodes: DeviceNodes
  readonly #files = new Array<number>(FILES).fill(NO_FD)
  readonly #buffers: HeldBuffer[] = filled(() => ({ file: 0, handle: 0, sizeBytes: 0, offset: 0n }), BUFFERS)
  readonly #syncobjs: HeldSyncobj[] = filled(() => ({ file: 0, handle: 0 }))
  readonly #maps: (MapHandle | undefined)[] = filled(() => undefined)
  readonly #dmaBufs: number[] = filled(() => NO_FD)
  readonly #syncFiles: number[] = filled(() => NO_FD)

  /** Opens three files of the GPU's, and vgem's. */
  constructor(board: Board, nodes: DeviceNodes) {
    this.board = board
    this.backend = board.backend
    this.#nodes = nodes
    for (const file of [0, 1, 2, VGEM_FILE]) this.open(file)
  }

  fd(file: number): number {
    return this.#files[file] ?? NO_FD
  }

  /** 0, or why not. Nothing happens to a file that is open. */
  open(file: number): number {
    const path = file === VGEM_FILE ? this.#nodes.vgem : this.#nodes.gpu
    if (path === undefined || this.fd(file) !== NO_FD) return 0
    const fd = this.backend.drm.open(path)
    if (fd >= 0) this.#files[file] = fd
    return Math.min(fd, 0)
  }

  close(file: number): number {
    const fd = this.fd(file)
    this.#files[file] = NO_FD
    return this.backend.drm.close(fd)
  }

  buffer(place: number): HeldBuffer {
    return at(this.#buffers, place)
  }

  /** The former one's handle stays in its file. */
  putBuffer(place: number, buffer: HeldBuffer): void {
    this.#buffers[place] = buffer
  }

  syncobj(place: number): HeldSyncobj {
    return at(this.#syncobjs, place)
  }

  putSyncobj(place: number, syncobj: HeldSyncobj): void {
    this.#syncobjs[place] = syncobj
  }

  map(place: number): MapHandle | undefined {
    return this.#maps[place]
  }

  /** Unmaps the former one. */
  putMap(place: number, map: MapHandle | undefined): void {
    const former = this.#maps[place]
    if (former !== undefined) this.backend.memory.munmap(former)
    this.#maps[place] = map
  }

  dmaBuf(place: number): number {
    return at(this.#dmaBufs, place)
  }

  /** Closes the former one. A negative `fd` is a refusal, and changes nothing. */
  putDmaBuf(place: number, fd: number): number {
    return this.#putFd(this.#dmaBufs, place, fd)
  }

  closeDmaBuf(place: number): number {
    return this.#closeFd(this.#dmaBufs, place)
  }

  syncFile(place: number): number {
    return at(this.#syncFiles, place)
  }

  putSyncFile(place: number, fd: number): number {
    return this.#putFd(this.#syncFiles, place, fd)
  }

  closeSyncFile(place: number): number {
    return this.#closeFd(this.#syncFiles, place)
  }

  /** Closes and unmaps all. */
  end(): void {
    for (let place = 0; place < PLACES; place++) {
      this.putMap(place, undefined)
      if (this.dmaBuf(place) !== NO_FD) this.closeDmaBuf(place)
      if (this.syncFile(place) !== NO_FD) this.closeSyncFile(place)
    }
    for (let file = 0; file < FILES; file++) if (this.fd(file) !== NO_FD) this.close(file)
  }

  /** Numbers of descriptors depend on what else the process has open: 0 stands for all of them. */
  #putFd(fds: number[], place: number, fd: number): number {
    if (fd < 0) return fd
    if (at(fds, place) !== NO_FD) this.#closeFd(fds, place)
    fds[place] = fd
    return 0
  }

  #closeFd(fds: number[], place: number): number {
    const fd = at(fds, place)
    fds[place] = NO_FD
    return this.backend.syncFile.close(fd)
  }
}

function filled<T>(make: () => T, length = PLACES): T[] {
  return Array.from({ length }, make)
}

function at<T>(places: readonly T[], place: number): T {
  const held = places[place]
  if (held === undefined) throw new RangeError(`there is no place ${place}`)
  return held
}
