/** All clients of DRM devices on a machine: a walk over /proc/PID/fdinfo. Documentation/gpu/drm-usage-stats.rst. */
import type { Board } from '../board/board.js'
import type { KernelFiles } from '../board/kernel-files.js'
import { parseDrmFdinfo, type DrmClient } from './fdinfo.js'

/** A process that has the client's file open. */
export interface DrmClientHolder {
  readonly pid: number
  /** The process's name, of at most 15 bytes. */
  readonly comm: string
  /** Its descriptors of that file. */
  readonly fds: readonly number[]
}

/** One open DRM file, whoever has descriptors of it. */
export interface MachineDrmClient extends DrmClient {
  /** Lowest pid first. */
  readonly holders: readonly DrmClientHolder[]
}

export interface DrmClients {
  /** In the order of their ids. */
  readonly clients: readonly MachineDrmClient[]
  /** Processes whose descriptors this user may not see. */
  readonly hiddenProcesses: number
}

/**
 * The clients that are there now, each once: descriptors of one open file have the same driver, device and client id.
 * What ends during the walk is left out. Never throws; a kernel before 6.6 (panfrost) tells of no clients.
 */
export async function drmClientsOf(board: Pick<Board, 'files'>): Promise<DrmClients> {
  const { files } = board
  const found = new Map<string, { client: DrmClient; holders: DrmClientHolder[] }>()
  let hiddenProcesses = 0
  for (const pid of await numbersIn(files, '/proc')) {
    const fds = await files.list(`/proc/${pid}/fdinfo`)
    if (typeof fds === 'number') {
      if (typeof (await files.read(`/proc/${pid}/comm`)) === 'string') hiddenProcesses++
      continue
    }
    const own = new Map<string, { client: DrmClient; fds: number[] }>()
    for (const fd of fds.map(Number).sort((a, b) => a - b)) {
      const text = await files.read(`/proc/${pid}/fdinfo/${fd}`)
      const client = typeof text === 'string' ? parseDrmFdinfo(text) : undefined
      if (client === undefined) continue
      const key = `${client.driver} ${client.pciDevice ?? ''} ${client.clientId}`
      const known = own.get(key)
      if (known === undefined) own.set(key, { client, fds: [fd] })
      else known.fds.push(fd)
    }
    if (own.size === 0) continue
    const comm = await files.read(`/proc/${pid}/comm`)
    for (const [key, { client, fds }] of own) {
      const holder = { pid, comm: typeof comm === 'string' ? comm.trimEnd() : '?', fds }
      const known = found.get(key)
      if (known === undefined) found.set(key, { client, holders: [holder] })
      else known.holders.push(holder)
    }
  }
  const clients = [...found.values()].map(({ client, holders }) => ({ ...client, holders }))
  clients.sort((a, b) => (a.clientId < b.clientId ? -1 : a.clientId > b.clientId ? 1 : 0))
  return { clients, hiddenProcesses }
}

async function numbersIn(files: KernelFiles, path: string): Promise<number[]> {
  const names = await files.list(path)
  if (typeof names === 'number') return []
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}
