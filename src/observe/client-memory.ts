/** What the kernel tells of a process's DRM file: Documentation/gpu/drm-usage-stats.rst. */
import type { KernelFiles } from '../board/kernel-files.js'
import { parseDrmFdinfo, type DrmClient, type MemoryKind } from '../device/fdinfo.js'

/** Finds the DRM file of a process once, and reads it then. */
export class ClientMemoryReader {
  readonly #files: KernelFiles
  readonly #directory: string
  /** null: there is none. */
  #path: string | null | undefined

  constructor(files: KernelFiles, pid: number) {
    this.#files = files
    this.#directory = `/proc/${pid}/fdinfo`
  }

  /** Bytes by kind, all regions together; undefined where the kernel does not tell. */
  async read(): Promise<Partial<Record<MemoryKind, number>> | undefined> {
    if (this.#path === undefined) this.#path = await this.#find()
    if (this.#path === null) return undefined
    const text = await this.#files.read(this.#path)
    const client = typeof text === 'number' ? undefined : parseDrmFdinfo(text)
    return client && sumOfRegions(client)
  }

  async #find(): Promise<string | null> {
    const names = await this.#files.list(this.#directory)
    if (typeof names === 'number') return null
    for (const name of names) {
      const text = await this.#files.read(`${this.#directory}/${name}`)
      if (typeof text === 'string' && parseDrmFdinfo(text) !== undefined) return `${this.#directory}/${name}`
    }
    return null
  }
}

function sumOfRegions(client: DrmClient): Partial<Record<MemoryKind, number>> {
  const sums: Partial<Record<MemoryKind, number>> = {}
  for (const region of Object.values(client.memory)) {
    for (const [kind, bytes] of Object.entries(region) as [MemoryKind, bigint][]) {
      sums[kind] = (sums[kind] ?? 0) + Number(bytes)
    }
  }
  return sums
}
