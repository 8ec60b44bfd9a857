/** Reading pseudo-files that must be there. */
import { errnoName } from '../backend/errno.js'
import type { KernelFiles } from '../board/kernel-files.js'

/** A pseudo-file that the harness needs could not be read or written. */
export class KernelFileError extends Error {
  override readonly name = 'KernelFileError'
  readonly code: string
  readonly path: string
  constructor(path: string, action: 'read' | 'write' | 'mkdir' | 'rmdir', result: number) {
    const code = errnoName(-result)
    super(`cannot ${action} ${path}: ${code}`)
    this.code = code
    this.path = path
  }
}

export async function readOrThrow(files: KernelFiles, path: string): Promise<string> {
  const text = await files.read(path)
  if (typeof text === 'number') throw new KernelFileError(path, 'read', text)
  return text
}

export async function writeOrThrow(files: KernelFiles, path: string, text: string): Promise<void> {
  const result = await files.write(path, text)
  if (result < 0) throw new KernelFileError(path, 'write', result)
}
