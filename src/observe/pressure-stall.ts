/** /proc/pressure/memory: Documentation/accounting/psi.rst. */
import type { KernelFiles } from '../board/kernel-files.js'

/** Time since boot in which some, or all non-idle, tasks waited for memory; undefined without CONFIG_PSI. */
export async function readStallTimes(
  files: KernelFiles,
): Promise<{ someUs: number; fullUs: number } | undefined> {
  const text = await files.read('/proc/pressure/memory')
  if (typeof text === 'number') return undefined
  const total = (kind: string) => Number(new RegExp(`^${kind} .*total=(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { someUs: total('some'), fullUs: total('full') }
}

/** Time since boot in which some task waited for memory, in microseconds; undefined without CONFIG_PSI. */
export async function readStallTotalUs(files: KernelFiles): Promise<number | undefined> {
  const text = await files.read('/proc/pressure/memory')
  if (typeof text === 'number') return undefined
  const total = /^some .*total=(\d+)/m.exec(text)?.[1]
  return total === undefined ? undefined : Number(total)
}
