/** Folders of the host that a guest can read, beside the one that it works in. */
import { accessSync, constants, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { MOST_SHARES } from './machine/virtio-devices.js'
import { VmError } from './vm-error.js'

export interface SharedFolder {
  /** Absolute path on the host. */
  readonly hostFolder: string
  /** The guest finds it as /share/NAME. */
  readonly name: string
}

/** They become words of the guest's settings, which its shell reads. */
const NAME = /^\w[\w.-]*$/

/** `FOLDER`, or `FOLDER:NAME`. VmError `wrong-use` when the guest cannot have it by that name. */
export function parseShare(text: string): SharedFolder {
  const colon = text.lastIndexOf(':')
  // A name has no slash: what is after that colon is a part of the path.
  const named = colon > 0 && !text.includes('/', colon)
  const folder = named ? text.slice(0, colon) : text
  const name = named ? text.slice(colon + 1) : basename(resolve(folder))
  if (!NAME.test(name))
    throw new VmError(
      'wrong-use',
      `'${name}' cannot be a folder's name in the guest: letters, digits, '_', '.', '-', none of the last two first`,
      { advice: `give it one: --share '${folder}:NAME'` },
    )
  return { hostFolder: resolve(folder), name }
}

/** VmError `wrong-use` when one cannot be read, when two have one name, or when there are too many. */
export function checkShares(shares: readonly SharedFolder[]): void {
  if (shares.length > MOST_SHARES)
    throw new VmError('wrong-use', `a guest has room for ${MOST_SHARES} shared folders, not ${shares.length}`)
  const byName = new Map<string, string>()
  for (const { hostFolder, name } of shares) {
    const other = byName.get(name)
    if (other !== undefined)
      throw new VmError('wrong-use', `${other} and ${hostFolder} would both be /share/${name}`, {
        advice: `give one another name: --share '${hostFolder}:NAME'`,
      })
    byName.set(name, hostFolder)
    try {
      if (!statSync(hostFolder).isDirectory()) throw new Error('it is no folder')
      accessSync(hostFolder, constants.R_OK | constants.X_OK)
    } catch (error) {
      throw new VmError('wrong-use', `cannot share ${hostFolder}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
}
