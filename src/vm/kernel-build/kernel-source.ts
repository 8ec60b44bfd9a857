/** The source that a kernel is built from: Debian's package of it, or a tree of the user's own. */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import type { MakeContext, Part } from '../cache/part.js'
import { DEBIAN_PROGRAMS } from '../debian/archive.js'
import { runProgram } from '../host/run-program.js'
import { fetchPackages } from '../parts/dma-heap-module.js'
import { VmError } from '../vm-error.js'

const RECIPE = 1
const TREE = 'linux'

/** The unpacked tree is the folder that debianTree() names. */
export function debianSourcePart(series: string): Part {
  return {
    name: 'linux-source',
    title: `source of Linux ${series}, from Debian`,
    key: `${series}-${RECIPE}`,
    programs: [
      ...DEBIAN_PROGRAMS,
      { name: 'tar', debianPackage: 'tar' },
      { name: 'xz', debianPackage: 'xz-utils' },
    ],
    make: (directory, context) => make(directory, series, context),
  }
}

export function debianTree(partDirectory: string): string {
  return join(partDirectory, TREE)
}

async function make(directory: string, series: string, context: MakeContext): Promise<void> {
  const { signal } = context
  const name = `linux-source-${series}`
  const host = (await runProgram('dpkg', ['--print-architecture'], { signal })).toString().trim()
  await fetchPackages(join(directory, 'apt'), directory, host, series, [name], context)
  context.report('unpacking, 1.5 GB')
  await runProgram('tar', ['-xJf', join(directory, 'usr/src', `${name}.tar.xz`), '-C', directory], { signal })
  await rename(join(directory, name), debianTree(directory))
  await rm(join(directory, 'usr'), { recursive: true })
}

/** The absolute path of the user's tree, which has the architecture. VmError `wrong-use` when it is none, or was built in. */
export function ownTree(path: string, { linux }: GuestArchitecture): string {
  const tree = resolve(path)
  if (!existsSync(join(tree, 'Kconfig')) || !existsSync(join(tree, 'arch', linux)))
    throw new VmError('wrong-use', `${path} is not the top folder of a kernel source`)
  if (existsSync(join(tree, '.config')) || existsSync(join(tree, 'include/config')))
    throw new VmError(
      'wrong-use',
      `${path} holds a build, and the kernel wants to be built outside of it then`,
      {
        advice: `make -C ${path} mrproper (it removes that build and its .config), or take a git worktree`,
      },
    )
  return tree
}

/** `6.12.107`, as the top Makefile says. */
export async function treeVersion(tree: string): Promise<string> {
  const makefile = await readFile(join(tree, 'Makefile'), 'utf8')
  const field = (name: string) => new RegExp(`^${name} *= *(\\S*)$`, 'm').exec(makefile)?.[1] ?? ''
  return `${field('VERSION')}.${field('PATCHLEVEL')}.${field('SUBLEVEL')}${field('EXTRAVERSION')}`
}

/** A copy to apply patches to. `linked`: the files are one with the original's until a patch replaces them. */
export async function copyTree(
  tree: string,
  into: string,
  linked: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (linked) await runProgram('cp', ['-al', tree, into], { signal })
  else {
    await runProgram('mkdir', [into], { signal })
    const copy = 'tar --exclude=./.git -C "$1" -cf - . | tar -C "$2" -xf -'
    await runProgram('bash', ['-o', 'pipefail', '-c', copy, 'copy', tree, into], { signal })
  }
}
