/** Opens a device of a board by driver or by node. */
import type { Backend } from '../backend/backend.js'
import { ERRNO } from '../backend/errno.js'
import { Device } from './device.js'
import { discoverDevices, openNode, type FoundDevice } from './discover.js'
import { DRIVER_NAMES, findDriver } from './drivers/index.js'
import { NoDeviceError } from './errors.js'

export interface DeviceChoice {
  /** A driver's name (`panfrost`); by default the first device whose buffers the kernel may purge. */
  readonly driver?: string
  /** A node (`/dev/dri/renderD128`) instead of a search. */
  readonly node?: string
}

/** Throws NoDeviceError with what was found instead; PermissionError; RangeError for a driver that gemrig does not know. */
export function openDeviceOf(backend: Backend, choice: DeviceChoice = {}): Device {
  checkDriverName(choice.driver)
  const path = choice.node ?? search(backend, choice.driver)
  const opened = openNode(backend, path)
  if ('error' in opened) throw opened.error
  const driver = findDriver(opened.version.name)
  if (driver === undefined || (choice.driver !== undefined && choice.driver !== driver.name)) {
    backend.drm.close(opened.fd)
    const wanted = choice.driver ?? DRIVER_NAMES.join(', ')
    throw noDevice(backend, `${path} is a ${opened.version.name} device, not ${wanted}`)
  }
  return new Device(backend, opened.fd, path, opened.version, driver)
}

/** Throws a RangeError that lists the known names. */
export function checkDriverName(name: string | undefined): void {
  if (name !== undefined && findDriver(name) === undefined) {
    throw new RangeError(`unknown driver '${name}'; gemrig drives: ${DRIVER_NAMES.join(', ')}`)
  }
}

function search(backend: Backend, driver: string | undefined): string {
  const found = discoverDevices(backend)
  const fits = (device: FoundDevice) =>
    driver === undefined ? device.support === 'purgeable' : device.version?.name === driver
  const device = found.find(fits)
  if (device !== undefined) return device.path
  const locked = found.find((candidate) => candidate.error !== undefined)
  if (locked?.error !== undefined) throw locked.error
  throw noDevice(backend, `no ${driver ?? 'purgeable'} device (${describe(found)})`)
}

function describe(found: readonly FoundDevice[]): string {
  if (found.length === 0) return 'there is no DRM device at all'
  return `there is ${found.map((device) => `${device.path} with ${device.version?.name ?? '?'}`).join(', ')}`
}

function noDevice({ kind }: Backend, message: string): NoDeviceError {
  return new NoDeviceError(message, {
    errno: ERRNO.ENODEV,
    code: 'ENODEV',
    syscall: 'open',
    request: 'device',
    advice:
      kind === 'fake'
        ? 'choose a simulated machine that has it: --backend fake, fake:rk3588 (Panthor) or fake:i915'
        : 'load the driver, or use --backend fake',
  })
}
