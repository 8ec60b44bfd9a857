/** A folder for what one run needs on disk. It names its owner, so that the next start removes what a killed one left. */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { readFile, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeDirectory } from '../../files/make-directory.js'
import { processIdentity } from '../host/process-identity.js'

const OWNER = 'owner'

export function createRunDirectory(cacheDirectory: string): string {
  const runs = join(cacheDirectory, 'run')
  makeDirectory(runs)
  const directory = mkdtempSync(join(runs, `${process.pid}-`))
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

/** Removes the folders of runs whose process is gone. */
export async function removeDeadRuns(cacheDirectory: string): Promise<void> {
  const runs = join(cacheDirectory, 'run')
  const names = await readdir(runs).catch(() => [])
  for (const name of names) {
    const owner = await readFile(join(runs, name, OWNER), 'utf8').catch(() => '')
    // A folder whose owner is not written yet goes by the id in its name.
    const pid = Number.parseInt(name, 10)
    const alive = processIdentity(pid)
    if (alive === undefined || (owner !== '' && owner !== alive))
      await rm(join(runs, name), { recursive: true, force: true })
  }
}
