/** Which modules to load and in which order: modules.dep(5), as depmod wrote it. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { requirePrograms, type HostProgram } from '../host/programs.js'
import { runProgram } from '../host/run-program.js'
import { VmError } from '../vm-error.js'

/** Of every guest: its devices, its channels, its disk, its shared folder. */
export const GUEST_MODULES = ['virtio_mmio', 'virtio_console', 'virtio_blk', 'crc32c_generic', 'ext4', '9p', '9pnet_virtio'] // prettier-ignore
/**
 * crc32c is what ext4 asked the crypto layer for, as long as the kernel had no function of its own for it. Nothing needs
 * vgem, but for the checks of it. A kernel without regulators needs no `fixed` one.
 */
export const OPTIONAL_MODULES: ReadonlySet<string> = new Set(['crc32c_generic', 'zram', 'vgem', 'fixed'])
/** Of a guest with swap. One without zram starts as long as nobody asks for swap. */
export const SWAP_MODULES = ['zram']

const DECOMPRESSORS: Readonly<Record<string, HostProgram>> = {
  '.xz': { name: 'xz', debianPackage: 'xz-utils' },
  '.zst': { name: 'zstd', debianPackage: 'zstd' },
  '.gz': { name: 'gzip', debianPackage: 'gzip' },
}

export interface KernelModule {
  readonly name: string
  readonly data: Buffer
}

/** Changes whenever a module of `directory`, which is lib/modules/<release>, does: `make modules_install` writes them anew. */
export function moduleStamps(directory: string): string[] {
  const dep = readFileSync(join(directory, 'modules.dep'), 'utf8')
  const builtin = join(directory, 'modules.builtin')
  const files = dep.split('\n').map((line) => line.split(':')[0] ?? '')
  const stamps = files
    .filter((file) => file !== '')
    .map((file) => {
      const there = statSync(join(directory, file), { bigint: true, throwIfNoEntry: false })
      return `${there?.size} ${there?.mtimeNs}`
    })
  return [dep, existsSync(builtin) ? readFileSync(builtin, 'utf8') : '', ...stamps]
}

/** Module names are the same with `-` and `_`. */
function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(?:\.(?:xz|zst|gz))?$/, '')
    .replaceAll('-', '_')
}

/**
 * Paths in modules.dep of `wanted` and all that they need, in the order to load them. Names in `builtin` need no
 * loading. VmError `prepare` for a module that the kernel does not have.
 */
export function loadOrder(
  modulesDep: string,
  builtin: ReadonlySet<string>,
  wanted: readonly string[],
): string[] {
  const needs = new Map<string, { path: string; needed: string[] }>()
  for (const line of modulesDep.split('\n')) {
    const [path, needed] = line.split(':')
    if (path !== undefined && needed !== undefined)
      needs.set(moduleName(path), { path, needed: needed.split(' ').filter((item) => item !== '') })
  }
  const order = new Set<string>()
  const visit = (name: string): void => {
    const module = needs.get(name)
    if (module === undefined) {
      if (builtin.has(name) || OPTIONAL_MODULES.has(name)) return
      throw new VmError('prepare', `this kernel has no module ${name}`)
    }
    if (order.has(module.path)) return
    for (const path of module.needed) visit(moduleName(path))
    order.add(module.path)
  }
  for (const name of wanted) visit(name.replaceAll('-', '_'))
  return [...order]
}

/**
 * The modules' names and contents, decompressed, in the order to load them, less those that `loaded` has brought.
 * `directory` is lib/modules/<release>. VmError `prepare`: as loadOrder, or when it is no such folder.
 */
export async function readModules(
  directory: string,
  wanted: readonly string[],
  loaded: readonly string[],
  signal?: AbortSignal,
): Promise<KernelModule[]> {
  const builtins = await readFile(join(directory, 'modules.builtin'), 'utf8').catch(() => '')
  const builtin = builtins.split('\n').map(moduleName)
  const dep = await readFile(join(directory, 'modules.dep'), 'utf8')
  const modules: KernelModule[] = []
  const there = new Set(loadOrder(dep, new Set(builtin), loaded))
  for (const path of loadOrder(dep, new Set(builtin), wanted).filter((each) => !there.has(each))) {
    const file = join(directory, path)
    if (!existsSync(file))
      throw new VmError('prepare', `${directory}: modules.dep names ${path}, which is not there`)
    const data = await readModule(file, signal)
    modules.push({ name: moduleName(path), data })
  }
  return modules
}

/** Decompressed. VmError `missing-host-part` when this machine cannot. */
async function readModule(file: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const program = DECOMPRESSORS[extname(file)]
  if (program !== undefined) {
    requirePrograms([program])
    return runProgram(program.name, ['-dc', file], { signal })
  }
  return readFile(file)
}
