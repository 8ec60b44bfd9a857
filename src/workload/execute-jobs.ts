/** GPU jobs on buffers of Panfrost: SUBMIT, and what came of it. */
import type { Buffer } from '../device/buffer.js'
import { DmaBuf } from '../device/dmabuf.js'
import type { Mapping } from '../device/mapping.js'
import { jobChain, writeValueJob } from '../device/midgard-jobs.js'
import type { Syncobj } from '../device/syncobj.js'
import type { Held } from './execute.js'
import type { OperationOutcome } from './operation.js'
import { ProgramError } from './program-error.js'

/** The driver gives a job up after 500 ms and resets the GPU; several may stand in line. */
const WAIT_MS = 20_000
const WORD_BYTES = 8
/** Jobs of one chain: while they run, the buffer is in use. */
const JOBS = 32

/** Throws ProgramError when a buffer is not mapped. */
export function submit(target: Held, chain: Held): OperationOutcome {
  const used = gemOf(target)
  const described = gemOf(chain)
  const [into, at] = [used.buffer.gpuAddress, described.buffer.gpuAddress]
  if (into === undefined || at === undefined) throw new ProgramError('a buffer has no GPU address')
  const word = new DataView(used.mapping.read(0, WORD_BYTES).slice().buffer).getBigUint64(0, true)
  described.mapping.write(0, jobChain(at, new Array(JOBS).fill(writeValueJob(into, word))))
  const { device } = used.buffer
  const done = device.createSyncobj()
  try {
    device.panfrost().submit({
      jc: at,
      requirements: 0,
      inSyncs: new Uint32Array(),
      outSync: done.handle,
      boHandles: Uint32Array.of(used.buffer.handle, described.buffer.handle),
      jmCtxHandle: 0,
    })
  } catch (error) {
    done.close()
    throw error
  }
  ;(target.jobs ??= []).push(done)
  return { result: 'ok' }
}

export async function wait(target: Held): Promise<OperationOutcome> {
  const jobs = target.jobs?.splice(0) ?? []
  try {
    const ends = []
    for (const job of jobs) ends.push(await endOf(job))
    return ends.find(({ result }) => result !== 'completed') ?? ends[0] ?? { result: 'ok' }
  } finally {
    for (const job of jobs) job.close()
  }
}

async function endOf(job: Syncobj): Promise<OperationOutcome> {
  if (!(await job.wait({ timeoutMs: WAIT_MS })))
    return { result: 'refused', code: 'ETIME', request: 'SYNCOBJ_WAIT' }
  using fence = job.exportSyncFile()
  return { result: fence.info().status < 0 ? 'timed-out' : 'completed' }
}

function gemOf({ buffer, mapping }: Held): { readonly buffer: Buffer; readonly mapping: Mapping } {
  if (buffer instanceof DmaBuf || mapping === undefined)
    throw new ProgramError('a job needs mapped GPU buffers')
  return { buffer, mapping }
}
