/** The command in few files, which scripts/bundle-guest.mjs makes of dist/: whether there is one, and it fits. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** In dist/. */
export const GUEST_BUNDLE = 'guest'
/** In the guest, without the slash of the root. */
export const GUEST_PLACE = 'app/guest'
export const SUM_FILE = 'made-of'
/** What the bundle does not hold: dependencies that are looked up by name while it runs. */
export const LOOKED_UP = ['node-gyp-build', 'uplot']

/** Of all code in dist/, but for the bundle: a bundle that was made of other code must not run. */
export async function distSum(dist: string): Promise<string> {
  const hash = createHash('sha256')
  const items = await readdir(dist, { withFileTypes: true, recursive: true })
  const files = items
    .filter((item) => item.isFile() && item.name.endsWith('.js'))
    .map((item) => relative(dist, join(item.parentPath, item.name)))
    .filter((file) => !file.startsWith(`${GUEST_BUNDLE}/`))
  for (const file of files.sort()) hash.update(file).update(await readFile(join(dist, file)))
  return hash.digest('hex')
}

/** The folder of the bundle; undefined when there is none of this very code. */
export async function guestBundle(dist: string): Promise<string | undefined> {
  const folder = join(dist, GUEST_BUNDLE)
  const sum = join(folder, SUM_FILE)
  if (!existsSync(sum)) return undefined
  return (await readFile(sum, 'utf8')) === (await distSum(dist)) ? folder : undefined
}
