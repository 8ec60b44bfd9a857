/** Which board to run on: this machine when it has what it takes, else the fake one, and why. */
import { errnoName } from './backend/errno.js'
import type { Board } from './board/board.js'
import { createFakeBoard, type FakeBoardOptions } from './board/fake-board.js'
import { createRealBoard } from './board/real-board.js'
import { discoverDevices } from './device/discover.js'
import { loadNativeBackend } from './native-backend/native-backend.js'
import { RELEASES, type Release } from './sim/kernel.js'
import { BoardError } from './stress/board-error.js'
import { WORKLOAD_DRIVER } from './workload/bo-cache.js'

/**
 * auto: native when this machine has a GPU that the workloads are written for (Panfrost), else fake. fake:7.2 is the
 * simulated kernel with the Panfrost of that Linux release, fake:i915 one of a PC.
 */
export type BackendWish = 'auto' | 'native' | 'fake' | `fake:${Release | keyof typeof VARIANTS}`

/** Simulated machines that have a name of their own. */
const VARIANTS = { i915: { gpu: 'i915' } } as const satisfies Record<string, FakeBoardOptions>

/** What `fake:` can be followed by, with the machine that it is. */
const FAKES: ReadonlyMap<string, FakeBoardOptions> = new Map<string, FakeBoardOptions>([
  ...RELEASES.map((release) => [`fake:${release}`, { release }] as const),
  ...Object.entries(VARIANTS).map(([name, options]) => [`fake:${name}`, options] as const),
])

export const BACKEND_WISHES: readonly BackendWish[] = [
  'auto',
  'native',
  'fake',
  ...([...FAKES.keys()] as BackendWish[]),
]

/** What GEMRIG_BACKEND says, else auto: for scripts and tests that must not touch a real GPU. Throws RangeError. */
export function defaultBackend(): BackendWish {
  const wish = process.env['GEMRIG_BACKEND'] ?? 'auto'
  const known = BACKEND_WISHES.find((candidate) => candidate === wish)
  if (known === undefined) {
    throw new RangeError(`GEMRIG_BACKEND is '${wish}'; it can be: ${BACKEND_WISHES.join(', ')}`)
  }
  return known
}

export interface ChosenBoard {
  readonly board: Board
  /** One line for people: why this one. */
  readonly why: string
}

/** Throws BoardError when `native` is asked for (or this is a virtual board) and the addon cannot be loaded. */
export function chooseBoard(wish: BackendWish = defaultBackend(), fake: FakeBoardOptions = {}): ChosenBoard {
  if (wish !== 'auto' && wish !== 'native') {
    return { board: createFakeBoard({ ...fake, ...FAKES.get(wish) }), why: 'asked for' }
  }
  const native = loadNativeBackend()
  if ('missing' in native) {
    if (wish === 'native') throw new BoardError('no-addon', native.missing)
    return { board: createFakeBoard(fake), why: native.missing }
  }
  const board = createRealBoard(native.backend)
  // A guest was booted for its driver: when that is missing, the simulation would only hide it.
  if (wish === 'native' || board.kind === 'virtual') return { board, why: 'asked for' }
  const found = discover(board)
  const gpu = found.devices.find((device) => device.version?.name === WORKLOAD_DRIVER)
  if (gpu !== undefined) return { board, why: `${gpu.path} is a ${WORKLOAD_DRIVER} device` }
  return { board: createFakeBoard(fake), why: found.why }
}

function discover(board: Board): { devices: ReturnType<typeof discoverDevices>; why: string } {
  const listed = board.backend.drm.listNodes()
  if (typeof listed === 'number')
    return { devices: [], why: `no DRM devices can be listed (${errnoName(-listed)})` }
  const devices = discoverDevices(board.backend)
  const locked = devices.find((device) => device.error !== undefined)
  if (locked?.error !== undefined) return { devices, why: locked.error.message }
  if (devices.length === 0) return { devices, why: 'this machine has no GPU' }
  const names = devices.map((device) => device.version?.name ?? '?').join(', ')
  return { devices, why: `this machine has no ${WORKLOAD_DRIVER} device (but ${names})` }
}
