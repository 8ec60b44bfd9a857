/** What every run on a board has in its initramfs: busybox, the init script, the kernel modules. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { cpioArchive, type CpioEntry } from '../guest/cpio.js'
import { INIT_SCRIPT } from '../guest/init-script.js'
import { GUEST_MODULES, readModules } from '../guest/kernel-modules.js'
import { kernelRelease } from './debian-packages.js'

const RECIPE = 1
/** Where the guest's init mounts things. */
const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run', 'root', 'host', 'system']
const GEMRIG = '#!/bin/sh\nexec node /app/dist/cli/main.js "$@"\n'

/** A folder with `base.cpio`. `debian` is the folder of the part with kernel and busybox. */
export function baseInitramfs(board: VirtualBoard, debian: string): Part {
  return {
    name: `initramfs-${board.name}`,
    shortLived: true,
    title: `start-up files of the ${board.name} guest`,
    key: keyOf(RECIPE, INIT_SCRIPT, board.modules, GUEST_MODULES, FOLDERS, GEMRIG, basename(debian)),
    programs: [{ name: 'xz', debianPackage: 'xz-utils' }],
    make: (directory, context) => make(directory, board, debian, context),
  }
}

async function make(
  directory: string,
  board: VirtualBoard,
  debian: string,
  { signal }: MakeContext,
): Promise<void> {
  const release = await kernelRelease(debian)
  const modules = await readModules(
    join(debian, 'linux/lib/modules', release),
    [...GUEST_MODULES, ...board.modules],
    signal,
  )
  const entries: CpioEntry[] = [
    ...FOLDERS.map((path) => ({ path, kind: 'directory' as const })),
    {
      path: 'bin/busybox',
      kind: 'file',
      data: await readFile(join(debian, 'busybox/bin/busybox')),
      executable: true,
    },
    { path: 'bin/gemrig', kind: 'file', data: Buffer.from(GEMRIG), executable: true },
    { path: 'init', kind: 'file', data: Buffer.from(INIT_SCRIPT), executable: true },
    // The program interpreter of the guest's Node is looked up here.
    { path: 'lib', kind: 'symlink', target: 'system/lib' },
    { path: 'etc/passwd', kind: 'file', data: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
    { path: 'etc/group', kind: 'file', data: Buffer.from('root:x:0:\n') },
    ...modules.map(({ name, data }, index) => ({
      path: `modules/${String(index).padStart(2, '0')}-${name}`,
      kind: 'file' as const,
      data,
    })),
  ]
  await writeFile(join(directory, 'base.cpio'), cpioArchive(entries))
}
