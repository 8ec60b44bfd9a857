import { describe, expect, it } from 'vitest'
import { JOB_BYTES, holdJob, jobChain, nullJob, writeValueJob } from '../../src/device/midgard-jobs.js'

describe('a job chain', () => {
  const bytes = jobChain(0x200_0000n, [nullJob(), writeValueJob(0x1234_5678_9000n, 0xbeefn, 2), holdJob(64n)])
  const view = new DataView(bytes.buffer)

  it('links its jobs by their addresses, and ends with 0', () => {
    expect([0, 1, 2].map((job) => view.getBigUint64(job * JOB_BYTES + 0x18, true))).toEqual([
      0x200_0040n,
      0x200_0080n,
      0n,
    ])
  })

  it('has 64-bit descriptors with the type above that bit', () => {
    expect([0, 1, 2].map((job) => view.getUint8(job * JOB_BYTES + 0x10))).toEqual([0x03, 0x05, 0xff])
  })

  it('writes the value, its type and where it goes', () => {
    expect(view.getBigUint64(JOB_BYTES + 0x20, true)).toBe(0x1234_5678_9000n)
    expect(view.getUint32(JOB_BYTES + 0x28, true)).toBe(5)
    expect(view.getBigUint64(JOB_BYTES + 0x30, true)).toBe(0xbeefn)
  })

  it('makes each job wait for the one before', () => {
    expect([0, 1, 2].map((job) => view.getUint16(job * JOB_BYTES + 0x14, true))).toEqual([0, 1, 2])
  })

  it.each([0n, 32n, -64n])('does not lie at %s', (address) => {
    expect(() => jobChain(address, [nullJob()])).toThrow(/multiple of 64/)
  })

  it('is not empty', () => expect(() => jobChain(64n, [])).toThrow(/at least one/))

  it('refuses a value that does not fit', () => {
    expect(() => writeValueJob(0n, 256n, 1)).toThrow('256 does not fit into 1 bytes')
    expect(writeValueJob(0n, 255n, 1).valueType).toBe(4)
  })
})
