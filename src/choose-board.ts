/** Which board to run on: this machine when it has what it takes, else the fake one, and why. */
import { errnoName } from './backend/errno.js'
import type { Board } from './board/board.js'
import { createFakeBoard, type FakeBoard, type FakeBoardOptions } from './board/fake-board.js'
import { createRealBoard } from './board/real-board.js'
import { discoverDevices } from './device/discover.js'
import { loadNativeBackend } from './native-backend/native-backend.js'
import { FAKE_PARTS, isFakeWish, parseFakeWish, type FakeWish } from './fake-wish.js'
import { BoardError } from './stress/board-error.js'
import { WORKLOAD_DRIVER } from './workload/bo-cache.js'

/**
 * auto: native when this machine has a GPU that the workloads are written for (Panfrost), else fake. fake:7.2,
 * fake:rk3588 and so on: another simulated machine (fake-wish.ts).
 */
export type BackendWish = 'auto' | 'native' | FakeWish

/** Throws RangeError for what is no wish. */
export function parseBackendWish(text: string): BackendWish {
  if (text === 'auto' || text === 'native') return text
  if (!isFakeWish(text))
    throw new RangeError(
      `'${text}' is no backend: it can be auto, native, fake, or fake: with ${FAKE_PARTS.join(', ')}`,
    )
  parseFakeWish(text)
  return text
}

/** What GEMRIG_BACKEND says, else auto: for scripts and tests that must not touch a real GPU. Throws RangeError. */
export function defaultBackend(): BackendWish {
  const wish = process.env['GEMRIG_BACKEND'] ?? 'auto'
  try {
    return parseBackendWish(wish)
  } catch (error) {
    throw new RangeError(`GEMRIG_BACKEND: ${(error as Error).message}`)
  }
}

export interface ChosenBoard {
  readonly board: Board
  /** One line for people: why this one. */
  readonly why: string
}

/** Throws BoardError when `native` is asked for (or this is a virtual board) and the addon cannot be loaded. */
export function chooseBoard(wish: BackendWish = defaultBackend(), fake: FakeBoardOptions = {}): ChosenBoard {
  if (wish !== 'auto' && wish !== 'native') {
    return { board: fakeBoard(wish, fake), why: 'asked for' }
  }
  const native = loadNativeBackend()
  if ('missing' in native) {
    if (wish === 'native') throw new BoardError('no-addon', native.missing)
    return { board: fakeBoard('fake', fake), why: native.missing }
  }
  const board = createRealBoard(native.backend)
  // A guest was booted for its driver: when that is missing, the simulation would only hide it.
  if (wish === 'native' || board.kind === 'virtual') return { board, why: 'asked for' }
  const found = discover(board)
  const gpu = found.devices.find((device) => device.version?.name === WORKLOAD_DRIVER)
  if (gpu !== undefined) return { board, why: `${gpu.path} is a ${WORKLOAD_DRIVER} device` }
  return { board: fakeBoard('fake', fake), why: found.why }
}

function fakeBoard(wish: FakeWish, options: FakeBoardOptions): FakeBoard {
  return { ...createFakeBoard({ ...options, ...parseFakeWish(wish) }), askedFor: [wish] }
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
