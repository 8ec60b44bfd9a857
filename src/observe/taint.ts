/** /proc/sys/kernel/tainted: kernel/panic.c, taint_flags (6.12, 7.2); Documentation/admin-guide/tainted-kernels.rst. */
import type { KernelFiles } from '../board/kernel-files.js'

/** By bit. What a test run itself can bring about is told apart by oracle/no-new-kernel-warning. */
const FLAGS: readonly (readonly [letter: string, meaning: string])[] = [
  ['P', 'proprietary module'],
  ['F', 'module loaded by force'],
  ['S', 'processor out of specification'],
  ['R', 'module unloaded by force'],
  ['M', 'machine check'],
  ['B', 'bad page'],
  ['U', 'unsafe parameter set by the user'],
  ['D', 'oops or BUG'],
  ['A', 'ACPI table overridden'],
  ['W', 'a warning was printed'],
  ['C', 'staging driver'],
  ['I', 'workaround for firmware'],
  ['O', 'module from outside the tree'],
  ['E', 'unsigned module'],
  ['L', 'soft lockup'],
  ['K', 'live patched'],
  ['X', 'defined by the distribution'],
  ['T', 'randomised structures'],
  ['N', 'a test inside the kernel ran'],
  ['J', 'firmware control changed a device'],
]

/** Letters of the flags that are set, lowest bit first; a bit without a letter is its number. */
export function taintLetters(mask: number): readonly string[] {
  const letters: string[] = []
  for (let bit = 0; bit < 32; bit++) {
    if (Math.floor(mask / 2 ** bit) % 2 === 1) letters.push(FLAGS[bit]?.[0] ?? String(bit))
  }
  return letters
}

export function taintMeaning(letter: string): string {
  return FLAGS.find(([known]) => known === letter)?.[1] ?? 'unknown'
}

/** The mask; undefined where it cannot be read. */
export async function readTaint(files: KernelFiles): Promise<number | undefined> {
  const text = await files.read('/proc/sys/kernel/tainted')
  return typeof text === 'number' ? undefined : Number(text.trim())
}
