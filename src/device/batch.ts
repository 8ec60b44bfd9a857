/** The batch forms of Device: one call of the backend for many buffers. */
import type { DrmFile } from './drm-file.js'
import { refused } from './errors.js'
import { ADVICE_NUMBER, type Advice, type GemDriver } from './gem-driver.js'

/** Handles of new buffers. When one is refused: its error, and those before it are closed. */
export function createMany(
  file: DrmFile,
  driver: GemDriver,
  sizesBytes: readonly number[],
  flags: number,
): number[] {
  const results = new Float64Array(sizesBytes.length)
  const done = file.backend.batch.createMany(
    driver.batch,
    file.fd,
    Uint32Array.from(sizesBytes),
    flags,
    results,
  )
  if (done < results.length) {
    file.backend.drm.gemCloseMany(file.fd, Uint32Array.from(results.subarray(0, done)))
    const subject = `buffer ${done + 1} of ${results.length} on ${driver.name}`
    throw refused(results[done] ?? 0, { syscall: 'ioctl', request: driver.requests.create, subject })
  }
  return [...results]
}

/** Whether each is retained. */
export function madviseMany(
  file: DrmFile,
  driver: GemDriver,
  handles: Uint32Array,
  advice: Advice,
): boolean[] {
  const results = new Float64Array(handles.length)
  const done = file.backend.batch.madviseMany(driver.batch, file.fd, handles, ADVICE_NUMBER[advice], results)
  if (done < results.length) {
    const subject = `buffer ${handles[done] ?? 0} of ${driver.name}`
    throw refused(results[done] ?? 0, { syscall: 'ioctl', request: driver.requests.madvise, subject })
  }
  // A plain loop: for a few hundred buffers, Array.from with a function costs as much as the kernel does.
  const retained: boolean[] = []
  for (const result of results) retained.push(result === 1)
  return retained
}
