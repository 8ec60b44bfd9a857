/** What every run on a board has in its initramfs: busybox, the init script, the kernel modules. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { VirtualBoard } from '../boards/virtual-board.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { cpioArchive, type CpioEntry } from '../guest/cpio.js'
import { GUEST_PLACE } from '../guest/guest-bundle.js'
import { FIRMWARE_FOLDER, INIT_SCRIPT } from '../guest/init-script.js'
import {
  GUEST_MODULES,
  OPTIONAL_MODULES,
  SWAP_MODULES,
  readModules,
  type KernelModule,
} from '../guest/kernel-modules.js'
import { modulesOf, type GuestKernel } from './guest-kernel.js'

const RECIPE = 2
/** Where the guest's init mounts things. */
const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run', 'root', 'host', 'system']
const GEMRIG = `#!/bin/sh
main=/${GUEST_PLACE}/cli/main.js
[ -f $main ] || main=/app/dist/cli/main.js
exec node $main "$@"
`

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
      [...OPTIONAL_MODULES],
      SWAP_MODULES,
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
  const release = kernel.modules === undefined ? undefined : modulesOf(kernel.modules)
  const wanted = [...GUEST_MODULES, ...board.modules]
  const modules = release === undefined ? [] : await readModules(release, wanted, [], signal)
  const swapModules = release === undefined ? [] : await readModules(release, SWAP_MODULES, wanted, signal)
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
    fileOf('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
    fileOf('etc/group', 'root:x:0:\n'),
    ...firmwareEntries(board),
    ...(release === undefined ? [] : [fileOf('modules-release', `${basename(release)}\n`)]),
    ...moduleEntries('modules', modules),
    ...moduleEntries('swap-modules', swapModules),
  ]
  await writeFile(join(directory, 'base.cpio'), cpioArchive(entries))
}

function firmwareEntries({ firmware }: VirtualBoard): CpioEntry[] {
  if (firmware === undefined) return []
  return [{ path: `${FIRMWARE_FOLDER}/${firmware.path}`, kind: 'file', data: firmware.bytes() }]
}

/** Their names tell the order to load them. */
function moduleEntries(folder: string, modules: readonly KernelModule[]): CpioEntry[] {
  return modules.map(({ name, data }, index) => ({
    path: `${folder}/${String(index).padStart(2, '0')}-${name}`,
    kind: 'file',
    data,
  }))
}

function fileOf(path: string, text: string): CpioEntry {
  return { path, kind: 'file', data: Buffer.from(text) }
}
