/** The clients of DRM devices, for people and for programs. */
import type { DrmClients } from '../device/drm-clients.js'
import { escapeControls } from './escape.js'
import { fittingTable } from './fitting-table.js'

/** `columns` of the window. */
export function clientsText({ clients, hiddenProcesses }: DrmClients, columns?: number): string {
  const lines: string[] = []
  if (clients.length === 0) lines.push('no DRM clients')
  else {
    const head = ['driver', 'client', 'pid', 'name', 'total', 'resident', 'purgeable']
    const rows = clients.map(({ driver, clientId, holders, memory }) => {
      const sum = (kind: 'total' | 'resident' | 'purgeable') =>
        Object.values(memory).reduce((bytes, region) => bytes + (region[kind] ?? 0n), 0n)
      return [
        driver,
        String(clientId),
        holders.map(({ pid }) => pid).join(', '),
        escapeControls(holders.map(({ comm }) => comm).join(', ')),
        ...(['total', 'resident', 'purgeable'] as const).map((kind) => `${sum(kind) / 1024n} KiB`),
      ]
    })
    lines.push(fittingTable({ head }, rows, columns))
  }
  if (hiddenProcesses > 0) {
    const processes = hiddenProcesses === 1 ? '1 process' : `${hiddenProcesses} processes`
    lines.push(`${processes} could not be looked at: root of this machine sees the clients of all`)
  }
  return `${lines.join('\n')}\n`
}

/** Numbers of 64 bits are strings of digits. */
export function clientsJson(board: string, found: DrmClients): string {
  const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return `${JSON.stringify({ board, ...found }, plain, 2)}\n`
}
