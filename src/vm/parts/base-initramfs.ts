/** What every run on a board has in its initramfs: busybox, the init script, the kernel modules. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { cpioArchive, type CpioEntry } from '../guest/cpio.js'
import { FIRMWARE_FOLDER, INIT_SCRIPT } from '../guest/init-script.js'
import { GUEST_MODULES, OPTIONAL_MODULES, readModules } from '../guest/kernel-modules.js'
import { modulesOf, type GuestKernel } from './guest-kernel.js'

const RECIPE = 1
/** Where the guest's init mounts things. */
const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run', 'root', 'host', 'system']
const GEMRIG = '#!/bin/sh\nexec node /app/dist/cli/main.js "$@"\n'

/** A folder with `base.cpio`. `libraries` is the folder of the part with busybox, `extraModule` a file to load last. */
export function baseInitramfs(
  board: VirtualBoard,
  kernel: GuestKernel,
  libraries: string,
  extraModule: string | undefined,
): Part {
  return {
    name: `initramfs-${board.name}`,
    shortLived: true,
    title: `start-up files of the ${board.name} guest`,
    key: keyOf(
      RECIPE,
      INIT_SCRIPT,
      board,
      GUEST_MODULES,
      OPTIONAL_MODULES,
      FOLDERS,
      GEMRIG,
      kernel.key,
      extraModule,
      board.firmware?.bytes().toString('base64'),
    ),
    programs: [{ name: 'xz', debianPackage: 'xz-utils' }],
    make: (directory, context) => make(directory, board, kernel, libraries, extraModule, context),
  }
}

async function make(
  directory: string,
  board: VirtualBoard,
  kernel: GuestKernel,
  libraries: string,
  extraModule: string | undefined,
  { signal }: MakeContext,
): Promise<void> {
  const modules =
    kernel.modules === undefined
      ? []
      : await readModules(await modulesOf(kernel.modules), [...GUEST_MODULES, ...board.modules], signal)
  if (extraModule !== undefined)
    modules.push({ name: basename(extraModule, '.ko'), data: await readFile(extraModule) })
  const entries: CpioEntry[] = [
    ...FOLDERS.map((path) => ({ path, kind: 'directory' as const })),
    {
      path: 'bin/busybox',
      kind: 'file',
      data: await readFile(join(libraries, 'busybox/bin/busybox')),
      executable: true,
    },
    { path: 'bin/gemrig', kind: 'file', data: Buffer.from(GEMRIG), executable: true },
    { path: 'init', kind: 'file', data: Buffer.from(INIT_SCRIPT), executable: true },
    // The program interpreter of the guest's Node is looked up here.
    { path: 'lib', kind: 'symlink', target: 'system/lib' },
    { path: 'etc/passwd', kind: 'file', data: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
    { path: 'etc/group', kind: 'file', data: Buffer.from('root:x:0:\n') },
    ...firmwareEntries(board),
    ...modules.map(({ name, data }, index) => ({
      path: `modules/${String(index).padStart(2, '0')}-${name}`,
      kind: 'file' as const,
      data,
    })),
  ]
  await writeFile(join(directory, 'base.cpio'), cpioArchive(entries))
}

function firmwareEntries({ firmware }: VirtualBoard): CpioEntry[] {
  if (firmware === undefined) return []
  return [{ path: `${FIRMWARE_FOLDER}/${firmware.path}`, kind: 'file', data: firmware.bytes() }]
}
