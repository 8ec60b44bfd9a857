/** The folders of DRM devices in debugfs: drivers/gpu/drm/drm_debugfs.c. */
import type { KernelFiles } from '../board/kernel-files.js'

export const DRI = '/sys/kernel/debug/dri'
/** Minor numbers of primary nodes are below; a render node's folder has the same files as its primary node's. */
const FIRST_OTHER_MINOR = 64

/**
 * One folder for each device. Each has one of the device's own name, and numbers are links to it; before 6.8 there are
 * numbers alone, which are the folders themselves. A negative errno when debugfs cannot be read.
 */
export async function listDriFolders(files: KernelFiles): Promise<readonly string[] | number> {
  const entries = await files.list(DRI)
  if (typeof entries === 'number') return entries
  const named = entries.filter((entry) => !/^\d+$/.test(entry))
  const folders = named.length > 0 ? named : entries.filter((entry) => Number(entry) < FIRST_OTHER_MINOR)
  return folders.map((folder) => `${DRI}/${folder}`)
}
