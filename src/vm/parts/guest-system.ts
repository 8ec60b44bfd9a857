/**
 * The guest's system: Node and the libraries that it is linked with, as a read-only disk image. On a disk and not in
 * the initramfs because its text then is page cache, which the kernel can take back, as on a real board.
 */
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { APT_HELPER } from '../debian/apt-fetch.js'
import { findProgram } from '../host/programs.js'
import { runProgram } from '../host/run-program.js'
import { fetchNpmArchive } from './npm-archive.js'

const RECIPE = 1
const FETCH_MEGABYTES = 43
/** The smallest image that surely holds the files, over their own size: file system tables. */
const SPARE_MIB = 16

/** A folder with `system.img`. */
export function guestSystem(architecture: GuestArchitecture): Part {
  const { nodePackage, nodeVersion } = architecture
  return {
    name: 'system',
    title: `Node ${nodeVersion} for ${architecture.node}, from npm, with its C and C++ libraries`,
    fetchMegabytes: FETCH_MEGABYTES,
    key: keyOf(RECIPE, nodePackage, nodeVersion, architecture.libraries),
    programs: [
      { name: 'npm', debianPackage: 'npm' },
      { name: APT_HELPER, debianPackage: 'apt' },
      { name: 'tar', debianPackage: 'tar' },
      { name: 'mke2fs', debianPackage: 'e2fsprogs' },
      ...architecture.libraries.map((library) => ({
        name: join(architecture.libraryDirectory, library),
        debianPackage: architecture.libraryPackages[library] ?? architecture.compilerPackage,
      })),
    ],
    make: (directory, context) => make(directory, architecture, context),
  }
}

async function make(directory: string, architecture: GuestArchitecture, context: MakeContext): Promise<void> {
  const { signal } = context
  const files = join(directory, 'files')
  for (const folder of ['bin', 'lib']) await mkdir(join(files, folder), { recursive: true })

  const name = `${architecture.nodePackage}@${architecture.nodeVersion}`
  const text = `${name}, ${FETCH_MEGABYTES} MB`
  context.report(text)
  const archive = await fetchNpmArchive(name, directory, context, (fraction) =>
    context.report(text, fraction),
  )
  await runProgram('tar', ['-xzf', archive, 'package/bin/node'], { cwd: directory, signal })

  context.report('disk image')
  const node = join(files, 'bin/node')
  await copyFile(join(directory, 'package/bin/node'), node)
  const strip = `${architecture.triplet}-strip`
  if (findProgram(strip) !== undefined) await runProgram(strip, [node], { signal })
  for (const library of architecture.libraries)
    await copyFile(join(architecture.libraryDirectory, library), join(files, 'lib', library))
  await makeImage(files, join(directory, 'system.img'), context)
  for (const leftover of [files, join(directory, 'package'), archive]) await rm(leftover, { recursive: true })
}

/** mke2fs fills the image itself, so that no mount and no root is needed. */
async function makeImage(files: string, image: string, { signal }: MakeContext): Promise<void> {
  let bytes = 0
  for (const item of await readdir(files, { withFileTypes: true, recursive: true }))
    if (item.isFile()) bytes += (await stat(join(item.parentPath, item.name))).size
  const sizeMiB = Math.ceil(bytes / 0x10_0000) + SPARE_MIB
  const owner = 'root_owner=0:0'
  await runProgram(
    'mke2fs',
    ['-q', '-F', '-t', 'ext2', '-b', '4096', '-m', '0', '-E', owner, '-d', files, image, `${sizeMiB}M`],
    { signal },
  )
}
