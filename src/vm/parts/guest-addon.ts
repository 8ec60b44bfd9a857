/** The native addon, compiled for the guest. A key of its sources makes it anew when one of them changes. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFile, readdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { GuestArchitecture } from '../architecture.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { runProgram } from '../host/run-program.js'

export const ADDON_FILE = 'gemrig.glibc.node'

/** The guest's C++ library is the cross compiler's, but a static one also fits an older guest. */
const COMPILE_FLAGS = [
  '-pthread',
  '-DNODE_GYP_MODULE_NAME=gemrig',
  '-DBUILDING_NODE_EXTENSION',
  '-DNAPI_VERSION=8',
]
const LINK_FLAGS = ['-shared', '-pthread', '-static-libstdc++', '-static-libgcc', '-s']

/** What scripts/native-sources.mjs says of the addon, for this build and the host's. */
interface NativeBuild {
  readonly nativeSources: readonly string[]
  nativeIncludeFolders(): readonly string[]
  readonly nativeDefines: readonly string[]
  readonly nativeFlags: readonly string[]
}

/** A folder with ADDON_FILE. `libraries` is the folder of the part that holds `libdrm/`. */
export async function guestAddon(
  root: string,
  architecture: GuestArchitecture,
  libraries: string,
): Promise<Part> {
  const digest = createHash('sha256')
  for (const file of ['scripts/native-sources.mjs', ...(await filesBelow(root, 'native'))])
    digest.update(file).update(await readFile(join(root, file)))
  return {
    name: `addon-${architecture.node}`,
    shortLived: true,
    title: `gemrig's addon, compiled for ${architecture.node}`,
    key: keyOf(digest.digest('hex'), COMPILE_FLAGS, LINK_FLAGS, architecture.triplet, basename(libraries)),
    programs: [{ name: `${architecture.triplet}-g++`, debianPackage: architecture.compilerPackage }],
    make: (directory, context) => make(directory, root, architecture, libraries, context),
  }
}

async function make(
  directory: string,
  root: string,
  arch: GuestArchitecture,
  libraries: string,
  context: MakeContext,
) {
  const build = (await import(pathToFileURL(join(root, 'scripts/native-sources.mjs')).href)) as NativeBuild
  const compiler = `${arch.triplet}-g++`
  const libdrm = join(libraries, 'libdrm/usr')
  const flags = [
    ...build.nativeFlags,
    ...COMPILE_FLAGS,
    ...build.nativeDefines.map((define) => `-D${define}`),
    ...build.nativeIncludeFolders().flatMap((folder) => ['-I', folder]),
    ...[nodeHeaders(root), join(libdrm, 'include'), join(libdrm, 'include/libdrm')].flatMap((f) => [
      '-isystem',
      f,
    ]),
  ]
  const objects = build.nativeSources.map((_, index) => join(directory, `${index}.o`))
  const waiting = [...build.nativeSources.entries()]
  let done = 0
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, source] = next
      const args = [...flags, '-c', source, '-o', objects[index] ?? '']
      await runProgram(compiler, args, { cwd: root, signal: context.signal })
      context.report(`${++done} of ${objects.length} files compiled`, done / objects.length)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  const archive = join(libdrm, 'lib', arch.triplet, 'libdrm.a')
  const output = join(directory, ADDON_FILE)
  await runProgram(compiler, [...LINK_FLAGS, ...objects, archive, '-o', output], { signal: context.signal })
  for (const object of objects) await rm(object)
}

function nodeHeaders(root: string): string {
  const require = createRequire(join(root, 'package.json'))
  return (require('node-api-headers') as { include_dir: string }).include_dir
}

/** Paths relative to `root` of all files below a folder of it. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return names
    .filter((item) => item.isFile())
    .map((item) => relative(root, join(item.parentPath, item.name)))
    .sort()
}
