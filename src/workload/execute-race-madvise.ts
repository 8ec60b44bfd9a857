/** Threads that advise the same buffers at once: the same list entries are moved and taken off by several processors. */
import { errnoName } from '../backend/errno.js'
import { DmaBuf } from '../device/dmabuf.js'
import type { ProgramOperation } from '../device/program.js'
import type { Held } from './execute.js'
import type { Operation, OperationOutcome } from './operation.js'
import { ProgramError } from './program-error.js'

/** Refused with the first error that any of the advices met. Rejects with ProgramError for what is no buffer of one file. */
export async function raceMadvise(
  { buffer: first }: Held,
  others: readonly Held[],
  { threads, iterations }: Extract<Operation, { op: 'race-madvise' }>,
): Promise<OperationOutcome> {
  if (first instanceof DmaBuf) throw new ProgramError('a dma-buf takes no advice')
  const handles = [first.handle]
  for (const { buffer } of others) {
    if (buffer instanceof DmaBuf || buffer.device !== first.device)
      throw new ProgramError('a race needs buffers of one file')
    handles.push(buffer.handle)
  }
  const { operations } = await first.device.runProgram({
    operations: programOf(handles),
    threads,
    iterations,
  })
  const { count = 0, purged = 0, errors = {} } = operations.madviseHandle ?? {}
  const [errno] = Object.keys(errors)
  if (errno !== undefined) return { result: 'refused', code: errnoName(Number(errno)), request: 'MADVISE' }
  return { result: 'raced', retained: count - purged, purged }
}

/** Taken back in the other order, so that threads which are not quite in step meet at buffers in either state. */
function programOf(handles: readonly number[]): ProgramOperation[] {
  const advise = (advice: 'dontneed' | 'willneed') => (handle: number) =>
    ({ op: 'madviseHandle', handle, advice }) as const
  return [...handles.map(advise('dontneed')), ...handles.toReversed().map(advise('willneed'))]
}
