/** What there is to be probed on a board. */
import type { Backend } from '../backend/backend.js'
import { discoverDevices } from '../device/discover.js'
import { findDriver } from '../device/drivers/index.js'
import type { ProbeResult, ProbeTarget } from './probe-event.js'

export interface FoundTargets {
  readonly targets: readonly ProbeTarget[]
  readonly others: ProbeResult['others']
}

/** `driver`: only devices of this one. Throws DrmError when devices cannot be listed. */
export function findTargets(backend: Backend, driver?: string): FoundTargets {
  const targets: ProbeTarget[] = []
  const others: { node: string; driver: string; reason: string }[] = []
  for (const device of discoverDevices(backend)) {
    const name = device.version?.name ?? '?'
    if (driver !== undefined && name !== driver) continue
    const known = findDriver(name)
    const other = (reason: string) => others.push({ node: device.path, driver: name, reason })
    if (device.error !== undefined) other(device.error.message)
    else if (known === undefined) other('gemrig does not drive it')
    else if (known.purgeable) targets.push({ node: device.path, driver: name, kind: 'purge' })
    else if (known.evictable) targets.push({ node: device.path, driver: name, kind: 'evict' })
    else other('it has no shrinker: nothing can make it give memory back')
  }
  return { targets, others }
}
