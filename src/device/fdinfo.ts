/** What the kernel accounts to a client of a DRM device: Documentation/gpu/drm-usage-stats.rst. */

export const MEMORY_KINDS = ['total', 'shared', 'resident', 'purgeable', 'active'] as const
export type MemoryKind = (typeof MEMORY_KINDS)[number]

/** All sizes in bytes. A key that the kernel left out is absent: some kernels leave out what is 0. */
export interface DrmClient {
  readonly driver: string
  /** Equal for all descriptors of one open file. */
  readonly clientId: bigint
  readonly pciDevice?: string
  readonly clientName?: string
  /** By region: `memory` for most drivers, `system0`, `local0`, `vram`... */
  readonly memory: Readonly<Record<string, Readonly<Partial<Record<MemoryKind, bigint>>>>>
  /** Busy time of each engine in ns. */
  readonly enginesNs: Readonly<Record<string, bigint>>
  readonly cycles: Readonly<Record<string, bigint>>
  readonly maximumHz: Readonly<Record<string, bigint>>
  readonly currentHz: Readonly<Record<string, bigint>>
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  ns: 1n,
  Hz: 1n,
  KHz: 1_000n,
  MHz: 1_000_000n,
}
const MEMORY_KEY = new RegExp(`^drm-(${MEMORY_KINDS.join('|')})-(.+)$`)
const COUNTER_KEY = /^drm-(engine|cycles|maxfreq|curfreq)-(?!capacity-)(.+)$/

/** The text of /proc/PID/fdinfo/FD; undefined when it is no DRM file's. */
export function parseDrmFdinfo(text: string): DrmClient | undefined {
  const pairs = text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const]
  })
  const named = new Map(pairs)
  const driver = named.get('drm-driver')
  const clientId = amount(named.get('drm-client-id'))
  if (driver === undefined || clientId === undefined) return undefined

  const memory: Record<string, Partial<Record<MemoryKind, bigint>>> = {}
  const counters = { engine: {}, cycles: {}, maxfreq: {}, curfreq: {} } as Record<
    string,
    Record<string, bigint>
  >
  for (const [key, text] of pairs) {
    const value = amount(text)
    if (value === undefined) continue
    const [, kind, region] = MEMORY_KEY.exec(key) ?? []
    if (kind !== undefined && region !== undefined) (memory[region] ??= {})[kind as MemoryKind] = value
    const [, counter, engine] = COUNTER_KEY.exec(key) ?? []
    const counts = counters[counter ?? '']
    if (counts !== undefined && engine !== undefined) counts[engine] = value
  }
  const pciDevice = named.get('drm-pdev')
  const clientName = named.get('drm-client-name')
  return {
    driver,
    clientId,
    ...(pciDevice !== undefined && { pciDevice }),
    ...(clientName !== undefined && { clientName }),
    memory,
    enginesNs: counters['engine'] ?? {},
    cycles: counters['cycles'] ?? {},
    maximumHz: counters['maxfreq'] ?? {},
    currentHz: counters['curfreq'] ?? {},
  }
}

/** One of each client: descriptors that were duplicated or inherited tell of the same one. */
export function uniqueClients(clients: Iterable<DrmClient>): DrmClient[] {
  const unique = new Map<string, DrmClient>()
  for (const client of clients) {
    const key = `${client.driver} ${client.pciDevice ?? ''} ${client.clientId}`
    if (!unique.has(key)) unique.set(key, client)
  }
  return [...unique.values()]
}

function amount(text: string | undefined): bigint | undefined {
  const [, digits, unit] = /^(\d+)\s*([A-Za-z]*)$/.exec(text ?? '') ?? []
  const factor = UNITS[unit ?? '']
  return digits === undefined || factor === undefined ? undefined : BigInt(digits) * factor
}
