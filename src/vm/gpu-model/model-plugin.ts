/** The GPU model as a plugin of QEMU, compiled on this machine from kernel/gpu-model. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import { keyOf, type MakeContext, type Part } from '../cache/part.js'
import { runProgram } from '../host/run-program.js'
import { optionValue } from '../machine/option-value.js'

const SOURCES = 'kernel/gpu-model'
export const MODEL_FILE = 'mali.so'
/** Lazy: so that another QEMU is recognised before a function that it lacks is looked for. */
const FLAGS = ['-std=gnu11', '-O2', '-Wall', '-fPIC', '-fvisibility=hidden', '-shared', '-Wl,-z,lazy']

/** A folder with MODEL_FILE, of which this QEMU says that it can load it. */
export async function modelPlugin(
  root: string,
  architecture: GuestArchitecture,
  qemuVersion: string,
): Promise<Part> {
  const directory = join(root, SOURCES)
  const names = (await readdir(directory)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))
  const files = names.filter((name) => name.endsWith('.c')).map((name) => join(directory, name))
  return {
    name: 'gpu-model',
    shortLived: true,
    title: `GPU model for ${architecture.qemuProgram} ${qemuVersion}`,
    key: keyOf(names, texts, FLAGS, architecture.qemuProgram, qemuVersion),
    programs: [{ name: 'gcc', debianPackage: 'gcc' }],
    make: (into, context) => make(into, files, architecture, context),
  }
}

async function make(
  directory: string,
  files: readonly string[],
  { qemuProgram }: GuestArchitecture,
  { signal }: MakeContext,
): Promise<void> {
  const plugin = join(directory, MODEL_FILE)
  await runProgram('gcc', [...FLAGS, ...files, '-o', plugin], { signal })
  const option = `file=${optionValue(plugin)},check=on`
  const check = ['-M', 'none', '-nodefaults', '-display', 'none', '-plugin', option]
  await runProgram(qemuProgram, check, { signal })
}
