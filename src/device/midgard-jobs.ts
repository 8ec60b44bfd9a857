/**
 * Job chains for the job manager of Midgard and early Bifrost GPUs, of jobs that run no shader: Mesa's
 * src/panfrost/genxml/v4.xml to v7.xml (Job Header, Write Value Job). A chain's address is `jc` of PanfrostApi.submit().
 */

/** The GPU wants descriptors at multiples of this; each takes so many bytes. */
export const JOB_BYTES = 64

/** By the names that Mesa gives to the types; HOLD is of gemrig's GPU model alone. */
const TYPE = { NULL: 1, WRITE_VALUE: 2, HOLD: 0x7f } as const
/** Write Value Type: a zero, or an immediate of so many bytes. */
const VALUE_TYPE = { 1: 4, 2: 5, 4: 6, 8: 7 } as const
const IS_64_BIT = 1

export interface MidgardJob {
  readonly type: number
  /** GPU address that it writes to or reads from. */
  readonly address: bigint
  readonly valueType: number
  readonly value: bigint
}

/** Does nothing. */
export function nullJob(): MidgardJob {
  return { type: TYPE.NULL, address: 0n, valueType: 0, value: 0n }
}

/** Writes the low `sizeBytes` of `value` to a GPU address. RangeError for a value that does not fit. */
export function writeValueJob(address: bigint, value: bigint, sizeBytes: 1 | 2 | 4 | 8 = 8): MidgardJob {
  if (BigInt.asUintN(sizeBytes * 8, value) !== value)
    throw new RangeError(`${value} does not fit into ${sizeBytes} bytes`)
  return { type: TYPE.WRITE_VALUE, address, valueType: VALUE_TYPE[sizeBytes], value }
}

/**
 * Keeps the GPU busy for as long as the 32-bit word at a GPU address is not 0; the driver's timeout ends it after 500 ms.
 * Only gemrig's GPU model (`gemrig vm --gpu model`) knows it: a real GPU answers with a fault.
 */
export function holdJob(address: bigint): MidgardJob {
  return { type: TYPE.HOLD, address, valueType: 0, value: 0n }
}

/** The bytes of a chain that executes `jobs` in their order when it lies at `address`, a multiple of JOB_BYTES. RangeError. */
export function jobChain(address: bigint, jobs: readonly MidgardJob[]): Uint8Array {
  if (address <= 0n || address % BigInt(JOB_BYTES) !== 0n)
    throw new RangeError(`a job chain lies at a multiple of ${JOB_BYTES}, not at 0x${address.toString(16)}`)
  if (jobs.length === 0) throw new RangeError('a job chain has at least one job')
  const bytes = new Uint8Array(jobs.length * JOB_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [index, job] of jobs.entries()) {
    const at = index * JOB_BYTES
    const isLast = index === jobs.length - 1
    view.setUint8(at + 0x10, IS_64_BIT | (job.type << 1))
    // Index of the job, and its dependency on the one before.
    view.setUint16(at + 0x12, index + 1, true)
    view.setUint16(at + 0x14, index, true)
    view.setBigUint64(at + 0x18, isLast ? 0n : address + BigInt(at + JOB_BYTES), true)
    view.setBigUint64(at + 0x20, job.address, true)
    view.setUint32(at + 0x28, job.valueType, true)
    view.setBigUint64(at + 0x30, job.value, true)
  }
  return bytes
}
