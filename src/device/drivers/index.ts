/** The drivers whose buffers gemrig can make. A new one is a file beside this one and a row here. */
import type { GemDriver } from '../gem-driver.js'
import { panfrost } from './panfrost.js'

const DRIVERS: readonly GemDriver[] = [panfrost]

export const DRIVER_NAMES: readonly string[] = DRIVERS.map((driver) => driver.name)

export function findDriver(name: string): GemDriver | undefined {
  return DRIVERS.find((driver) => driver.name === name)
}
