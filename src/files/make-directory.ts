/** mkdir -p. Not Node's own: its recursive mkdir never ends where a file system says ENOENT to mkdir(2), as /proc does. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Throws what mkdir(2) says of the first folder that cannot be made. */
export function makeDirectory(path: string): void {
  const missing: string[] = []
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder)
  for (const folder of missing) {
    try {
      mkdirSync(folder)
    } catch (error) {
      // Somebody else may have made it since.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
