/** What a DRM file accounts to its client: drm_show_fdinfo(), drm_show_memory_stats(), drm_file.c (6.12). */
import { PAGE_SIZE } from '../mm/page.js'
import type { DrmFile } from './drm-file.js'
import { GemShmemObject } from './gem-shmem.js'

export function drmFdinfo(file: DrmFile, nowNs: number): string {
  const { device } = file
  const own = device.showFdinfo?.(file, nowNs)
  if (own === undefined) return ''
  const lines = [`drm-driver:\t${device.version.name}`, `drm-client-id:\t${file.clientId}`]
  return [...lines, ...own].map((line) => `${line}\n`).join('')
}

/**
 * drm_show_memory_stats(), for drivers whose objects tell their status: panfrost_gem_status(). Later kernels leave out
 * the kinds, besides total and shared, that are zero.
 */
export function memoryStats(file: DrmFile, nowNs: number, leavesOutZero: boolean): string[] {
  const stats = { total: 0, shared: 0, active: 0, resident: 0, purgeable: 0 }
  let anyObject = false
  for (const object of file.handles()) {
    if (!(object instanceof GemShmemObject)) continue
    anyObject = true
    const bytes = object.sizePages * PAGE_SIZE
    const isResident = object.importedFrom !== null || object.pages !== null
    const isActive = !object.resv.isIdle('write', nowNs)
    stats.total += bytes
    if (object.handleCount > 1 || object.dmaBuf !== null) stats.shared += bytes
    if (isResident) stats.resident += bytes
    if (isActive) stats.active += bytes
    if (isResident && !isActive && object.madv === 1) stats.purgeable += bytes
  }
  const { resident, purgeable, ...always } = stats
  // A file without objects does not tell which kinds its driver knows.
  const shown = Object.entries(anyObject ? { ...always, resident, purgeable } : always)
  const isKept = ([kind, bytes]: [string, number]) =>
    !leavesOutZero || bytes > 0 || kind === 'total' || kind === 'shared'
  return shown.filter(isKept).map(([kind, bytes]) => `drm-${kind}-memory:\t${sizeText(bytes)}`)
}

/** print_size(): the largest unit that divides it. */
export function sizeText(bytes: number): string {
  if (bytes === 0 || bytes % 1024 !== 0) return String(bytes)
  return bytes % (1 << 20) === 0 ? `${bytes / (1 << 20)} MiB` : `${bytes / 1024} KiB`
}
