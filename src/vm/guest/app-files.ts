/** What of this package the guest needs to run it: compiled code, run-time dependencies, the guest's addon. */
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { CpioEntry } from './cpio.js'
import { GUEST_BUNDLE, GUEST_PLACE, LOOKED_UP, guestBundle } from './guest-bundle.js'

/** Dependencies that only serve to compile the addon. */
const BUILD_ONLY = new Set(['node-addon-api', 'node-api-headers'])
const CODE = /\.(?:js|mjs|cjs|json|css)$/
const SKIPPED_FOLDERS = new Set(['node_modules', 'test', 'tests', 'docs', 'examples', '.bin'])

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

/**
 * Entries below `app/`: the bundle, which is `app/dist` too, or all of dist/ and of dependencies where there is none.
 * The addon stands where node-gyp-build looks for a prebuilt one; a build for the host is left out. Throws ENOENT when the package is not compiled or a dependency is not installed.
 */
export async function appFiles(
  packageRoot: string,
  addonFile: string,
  nodeArch: string,
): Promise<CpioEntry[]> {
  const dist = join(packageRoot, 'dist')
  const bundle = await guestBundle(dist)
  const entries: CpioEntry[] = [
    await fileEntry(join(packageRoot, 'package.json'), 'app/package.json'),
    await fileEntry(addonFile, `app/prebuilds/linux-${nodeArch}/gemrig.glibc.node`),
  ]
  if (bundle === undefined) entries.push(...(await codeBelow(dist, 'app/dist', new Set([GUEST_BUNDLE]))))
  else {
    entries.push(...(await codeBelow(bundle, GUEST_PLACE, new Set())))
    entries.push({ path: 'app/dist', kind: 'symlink', target: basename(GUEST_PLACE) })
  }
  for (const [directory, place] of await dependencyFolders(packageRoot))
    if (bundle === undefined || LOOKED_UP.includes(basename(place)))
      entries.push(...(await codeBelow(directory, `app/${place}`, SKIPPED_FOLDERS)))
  return entries
}

/** Folders of all run-time dependencies, with their places relative to the app; also those that npm hoisted. */
async function dependencyFolders(packageRoot: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const visit = async (directory: string): Promise<void> => {
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (BUILD_ONLY.has(name)) continue
      const { folder, above } = findDependency(directory, name)
      if (found.has(folder)) continue
      const inside = folder.startsWith(`${packageRoot}/`)
      found.set(folder, relative(inside ? packageRoot : topOf(above), folder))
      await visit(folder)
    }
  }
  await visit(packageRoot)
  return found
}

function findDependency(from: string, name: string): { folder: string; above: string } {
  for (let above = from; ; above = dirname(above)) {
    const folder = join(above, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return { folder, above }
    if (above === dirname(above))
      throw Object.assign(new Error(`the dependency ${name} is not installed`), { code: 'ENOENT' })
  }
}

/** The folder that holds the outermost node_modules on the way to `directory`. */
function topOf(directory: string): string {
  const at = directory.indexOf('/node_modules/')
  return at < 0 ? directory : directory.slice(0, at)
}

async function codeBelow(
  directory: string,
  place: string,
  skipped: ReadonlySet<string>,
): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = []
  for (const item of await readdir(directory, { withFileTypes: true })) {
    const [path, target] = [join(directory, item.name), `${place}/${item.name}`]
    if (item.isDirectory() && !skipped.has(item.name))
      entries.push(...(await codeBelow(path, target, skipped)))
    else if (item.isFile() && CODE.test(item.name)) entries.push(await fileEntry(path, target))
  }
  return entries
}

async function fileEntry(path: string, target: string): Promise<CpioEntry> {
  return { path: target, kind: 'file', data: await readFile(path) }
}
