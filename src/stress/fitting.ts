/** Which scenarios fit which devices of a board. */
import type { Board } from '../board/board.js'
import { discoverDevices } from '../device/discover.js'
import type { DeviceChoice } from '../device/open-device.js'
import { driversOf, SCENARIOS, type Scenario, type ScenarioName } from '../workload/scenarios/index.js'

export interface Fitting {
  readonly scenario: ScenarioName
  readonly driver: string
}

/**
 * The first scenario that is written for a device of the board, or for the one that was asked for; undefined when there is
 * none. Throws DrmError when devices cannot be listed.
 */
export function firstFitting(board: Board, wish: DeviceChoice = {}): Fitting | undefined {
  const drivers = driversThere(board, wish)
  for (const { name, drivers: fits } of SCENARIOS) {
    const driver = fits.find((candidate) => drivers.includes(candidate))
    if (driver !== undefined) return { scenario: name, driver }
  }
  return undefined
}

/** What was asked for; else the first of the scenario's drivers that the board has. */
export function deviceFor(scenario: Scenario, board: Board, wish: DeviceChoice): DeviceChoice {
  if (wish.node !== undefined || wish.driver !== undefined) return wish
  const there = driversThere(board, wish)
  const drivers = driversOf(scenario)
  return { driver: drivers.find((name) => there.includes(name)) ?? drivers[0] }
}

function driversThere({ backend }: Board, { driver, node }: DeviceChoice): string[] {
  return discoverDevices(backend)
    .filter(({ path, version }) => (node ?? path) === path && (driver ?? version?.name) === version?.name)
    .flatMap(({ version }) => version?.name ?? [])
}
