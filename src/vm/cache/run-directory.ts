/** A folder for what one run needs on disk. It names its owner, so that the next start removes what a killed one left. */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeDirectory } from '../../files/make-directory.js'
import { pidNamespace, processIdentity } from '../host/process-identity.js'

const OWNER = 'owner'
/** Whether a process of another PID namespace lives cannot be asked. By then QEMU has read all that is in its folder. */
const FOREIGN_LIFE_MS = 24 * 3600_000

export function createRunDirectory(cacheDirectory: string): string {
  const runs = join(cacheDirectory, 'run')
  makeDirectory(runs)
  const directory = mkdtempSync(join(runs, `${pidNamespace()}-${process.pid}-`))
  writeFileSync(join(directory, OWNER), processIdentity(process.pid) ?? '')
  return directory
}

/** Moves a run's folder to where no later start removes it: its new place. */
export function keepRunDirectory(cacheDirectory: string, directory: string): string {
  const place = keptPlace(cacheDirectory, directory)
  makeDirectory(dirname(place))
  renameSync(directory, place)
  return place
}

/** Where keepRunDirectory() will move it. */
export function keptPlace(cacheDirectory: string, directory: string): string {
  return join(cacheDirectory, 'kept', basename(directory))
}

/** Removes the folders of runs whose process is gone, and those of other PID namespaces when they are a day old. */
export async function removeDeadRuns(cacheDirectory: string): Promise<void> {
  const runs = join(cacheDirectory, 'run')
  const names = await readdir(runs).catch(() => [])
  for (const name of names) {
    const directory = join(runs, name)
    const [namespace, pid] = name.split('-')
    const isLeft =
      namespace === pidNamespace() ? await isOfDead(directory, Number(pid)) : await isOld(directory)
    if (isLeft) await rm(directory, { recursive: true, force: true })
  }
}

async function isOfDead(directory: string, pid: number): Promise<boolean> {
  const owner = await readFile(join(directory, OWNER), 'utf8').catch(() => '')
  // A folder whose owner is not written yet goes by the id in its name.
  const alive = processIdentity(pid)
  return alive === undefined || (owner !== '' && owner !== alive)
}

async function isOld(directory: string): Promise<boolean> {
  // Another gemrig may remove it at the same time.
  const mtimeMs = await stat(directory).then(
    (found) => found.mtimeMs,
    () => 0,
  )
  return Date.now() - mtimeMs > FOREIGN_LIFE_MS
}
