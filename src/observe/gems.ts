/**
 * What Panthor says of all its buffers in debugfs: the last line of `gems`, panthor_gem_debugfs_print_bos(),
 * drivers/gpu/drm/panthor/panthor_gem.c (7.2).
 *
 * Panfrost's `gems` (7.2) has the same line, and is left alone: an object whose creation failed half way, as it does for want
 * of memory, stays on the list that the kernel walks for it.
 */
import type { KernelFiles } from '../board/kernel-files.js'
import { listDriFolders } from './dri-debugfs.js'

/** In bytes. */
export interface GemTotals {
  readonly sizeBytes: number
  readonly residentBytes: number
  /** Of the resident ones: what the shrinker would take now. */
  readonly reclaimableBytes: number
}

const TOTALS = /^Total size: (\d+), Total resident: (\d+), Total reclaimable: (\d+)$/m

/** Finds the files once, and reads them then. */
export class GemsReader {
  readonly #files: KernelFiles
  #paths: readonly string[] | undefined

  constructor(files: KernelFiles) {
    this.#files = files
  }

  /** Of all devices together; undefined where there is none that tells. */
  async read(): Promise<GemTotals | undefined> {
    this.#paths ??= await this.#find()
    let sum: GemTotals | undefined
    for (const path of this.#paths) {
      const text = await this.#files.read(path)
      const totals = typeof text === 'number' ? null : TOTALS.exec(text)
      if (totals === null) continue
      const [size = 0, resident = 0, reclaimable = 0] = totals.slice(1).map(Number)
      const { sizeBytes = 0, residentBytes = 0, reclaimableBytes = 0 } = sum ?? {}
      sum = {
        sizeBytes: sizeBytes + size,
        residentBytes: residentBytes + resident,
        reclaimableBytes: reclaimableBytes + reclaimable,
      }
    }
    return sum
  }

  async #find(): Promise<readonly string[]> {
    const folders = await listDriFolders(this.#files)
    if (typeof folders === 'number') return []
    const names = await Promise.all(folders.map((folder) => this.#files.read(`${folder}/name`)))
    return folders
      .filter((_, index) => String(names[index]).startsWith('panthor '))
      .map((folder) => `${folder}/gems`)
  }
}
