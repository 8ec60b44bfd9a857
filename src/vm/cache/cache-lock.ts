/**
 * One maker of parts at a time. flock(1) holds the lock in a child that lives as long as we do, so that the kernel
 * drops it whatever way we end: there is no stale lock to detect.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findProgram } from '../host/programs.js'
import { VmError } from '../vm-error.js'

/** Longer than this for a free lock means that somebody else has it. */
const NOTICE_AFTER_MS = 500

export interface CacheLock {
  release(): Promise<void>
}

/** Waits for the lock of `cacheDirectory`, and calls `onWait` when that takes a while. */
export async function lockCache(
  cacheDirectory: string,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<CacheLock> {
  const file = join(cacheDirectory, 'lock')
  const holder = spawn(findProgram('flock') ?? 'flock', [file, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // In a process group of its own: Ctrl-C is for us to handle, not for the lock.
    detached: true,
  })
  const ended = once(holder, 'close').then(() => undefined)
  const notice = setTimeout(onWait, NOTICE_AFTER_MS)
  const release = async () => {
    holder.stdin.destroy()
    await ended
  }
  let onAbort: (() => void) | undefined
  try {
    const held = await Promise.race([
      once(holder.stdout, 'data').then(() => 'held' as const),
      ended.then(() => 'ended' as const),
      new Promise<'aborted'>((resolve) => {
        onAbort = () => resolve('aborted')
        if (signal?.aborted === true) resolve('aborted')
        signal?.addEventListener('abort', onAbort)
      }),
    ])
    if (held === 'held') return { release }
    holder.stdin.destroy()
    holder.kill('SIGKILL')
    if (held === 'aborted')
      throw new VmError('interrupted', 'interrupted while another gemrig prepared the parts')
    throw new VmError('prepare', `cannot lock ${file}`)
  } finally {
    clearTimeout(notice)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}
