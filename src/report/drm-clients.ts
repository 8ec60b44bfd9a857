/** The clients of DRM devices, for people and for programs. */
import Table from 'cli-table3'
import type { DrmClients } from '../device/drm-clients.js'
import { escapeControls } from './escape.js'

export function clientsText({ clients, hiddenProcesses }: DrmClients): string {
  const lines: string[] = []
  if (clients.length === 0) lines.push('no DRM clients')
  else {
    const table = new Table({
      head: ['driver', 'client', 'pid', 'name', 'total', 'resident', 'purgeable'],
      style: { head: [], border: [], compact: true },
    })
    for (const { driver, clientId, holders, memory } of clients) {
      const sum = (kind: 'total' | 'resident' | 'purgeable') =>
        Object.values(memory).reduce((bytes, region) => bytes + (region[kind] ?? 0n), 0n)
      table.push([
        driver,
        String(clientId),
        holders.map(({ pid }) => pid).join(', '),
        escapeControls(holders.map(({ comm }) => comm).join(', ')),
        ...(['total', 'resident', 'purgeable'] as const).map((kind) => `${sum(kind) / 1024n} KiB`),
      ])
    }
    lines.push(table.toString())
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
