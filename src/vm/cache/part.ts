/**
 * A part of a virtual board in the cache: a folder with the part's name and a key of all that it is made from. It is
 * made under another name and renamed when it is complete, so a folder with the right name is a whole part.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostProgram } from '../host/programs.js'
import { fullDiskError, isFullDisk } from './full-disk.js'

/** In each part: counting anew takes a third of a second for the kernel's modules. */
const SIZE_FILE = 'size'
/** In the names of folders that are not complete. */
const MAKING = '.making-'
const SHORT_LIFE_MS = 24 * 3600_000

export interface Part {
  /** Short, for a folder name: `linux`, `system`. */
  readonly name: string
  /** For people: `Linux 6.12 for arm64, from Debian`. */
  readonly title: string
  /** Changes whenever the part has to be made anew. */
  readonly key: string
  /** Small and often made anew: older ones of this name are thrown away. */
  readonly shortLived?: boolean
  /** About what making it downloads, in megabytes; none when it is made from what is there. */
  readonly fetchMegabytes?: number
  /** What this machine must have to make it. */
  readonly programs: readonly HostProgram[]
  /** Fills the empty folder `directory`. */
  make(directory: string, context: MakeContext): Promise<void>
}

export interface MakeContext {
  readonly signal?: AbortSignal | undefined
  /** Where downloads are while they are under way. One that broke off is there for the next start to continue. */
  readonly downloads: string
  /** What is being done now, in a few words; `fraction` from 0 to 1 where it is known. */
  report(text: string, fraction?: number): void
}

export function partDirectory(cacheDirectory: string, part: Pick<Part, 'name' | 'key'>): string {
  return join(cacheDirectory, 'parts', `${part.name}-${part.key}`)
}

export function isMade(cacheDirectory: string, part: Part): boolean {
  return existsSync(partDirectory(cacheDirectory, part))
}

/** A short key of anything that JSON can hold. */
export function keyOf(...ingredients: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 12)
}

/** Makes the part; one that is there already stays until then. The caller holds the cache's lock, so what others have left half made is of no use to anybody. */
export async function makePart(
  cacheDirectory: string,
  part: Part,
  context: Omit<MakeContext, 'downloads'>,
): Promise<void> {
  const parts = join(cacheDirectory, 'parts')
  await mkdir(parts, { recursive: true })
  for (const name of await readdir(parts)) if (name.includes(MAKING)) await removePart(join(parts, name))
  const directory = partDirectory(cacheDirectory, part)
  const making = await mkdtemp(`${directory}${MAKING}`)
  try {
    const downloads = join(cacheDirectory, 'downloads')
    await mkdir(downloads, { recursive: true })
    await part.make(making, { ...context, downloads })
    await writeFile(join(making, SIZE_FILE), `${await diskUse(making)}\n`)
    await chmod(making, 0o755)
    const replaced = `${making}-replaced`
    await rename(directory, replaced).catch(() => undefined) // there is none, but for an update
    await rename(making, directory)
    await removePart(replaced)
    if (part.shortLived === true) await removeOlder(parts, part.name)
  } catch (error) {
    await removePart(making)
    throw isFullDisk(error) ? fullDiskError(cacheDirectory, error) : error
  }
}

/** Only what is surely in nobody's use any more. */
async function removeOlder(parts: string, name: string): Promise<void> {
  for (const entry of await readdir(parts)) {
    const directory = join(parts, entry)
    if (entry.startsWith(`${name}-`) && Date.now() - (await stat(directory)).mtimeMs > SHORT_LIFE_MS)
      await removePart(directory)
  }
}

/** A killed program's own children may still write there for a moment; then the next start removes the rest. */
async function removePart(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 }).catch(() => undefined)
}

/** Bytes on disk of a made part, as they were when it was made. */
export async function sizeOf(cacheDirectory: string, part: Part): Promise<number> {
  return Number(await readFile(join(partDirectory(cacheDirectory, part), SIZE_FILE), 'utf8'))
}

async function diskUse(directory: string): Promise<number> {
  let bytes = 0
  for (const item of await readdir(directory, { withFileTypes: true, recursive: true }))
    if (item.isFile()) bytes += (await stat(join(item.parentPath, item.name))).blocks * 512
  return bytes
}
