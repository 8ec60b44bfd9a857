/** A disk that is full: said once and in one way, whoever met it. */
import { VmError } from '../vm-error.js'

/** Whether an error, of ours or of a program that we ran, came of it. */
export function isFullDisk(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left on device|Disk quota exceeded/.test(error.message)
  )
}

/** VmError `prepare` that says what to do. */
export function fullDiskError(directory: string, cause: unknown): VmError {
  return new VmError('prepare', `no space is left for parts in ${directory}`, {
    advice:
      'a board needs up to 1 GB, a kernel to build 2.5 GB: make space, or set GEMRIG_CACHE to another folder',
    cause,
  })
}
