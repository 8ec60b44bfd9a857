/** The typed layer above a backend whose calls the test decides on: counting, batches, versions, aborts. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/backend/backend.js'
import { ERRNO } from '../../src/backend/errno.js'
import { createFakeBoard } from '../../src/board/fake-board.js'
import { Device } from '../../src/device/device.js'
import { dmaBufOf } from '../../src/device/dmabuf.js'
import { findDriver } from '../../src/device/drivers/index.js'
import { NotSupportedError } from '../../src/device/errors.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { PendingCalls } from '../../src/device/pending-calls.js'
import { encodeProgram } from '../../src/device/program.js'

/** The fake backend, with PRIME calls that always give the buffer behind `handle`, and a list of closed handles. */
function watched(version: { readonly major: number; readonly minor: number } = { major: 1, minor: 2 }) {
  const { backend } = createFakeBoard()
  const closed: number[] = []
  const prime = { importsAs: 0 }
  const watching: Backend = {
    ...backend,
    drm: {
      ...backend.drm,
      gemClose: (fd, handle) => (closed.push(handle), backend.drm.gemClose(fd, handle)),
      gemCloseMany: (fd, handles) => (closed.push(...handles), backend.drm.gemCloseMany(fd, handles)),
      primeHandleToFd: () => backend.dmaHeap.allocate(backend.dmaHeap.open('system'), 4096),
      primeFdToHandle: () => prime.importsAs,
    },
  }
  const fd = watching.drm.open('/dev/dri/renderD128')
  const driver = findDriver('panfrost')
  if (driver === undefined) throw new Error('no panfrost')
  const name = { name: 'panfrost', patch: 0, date: '', description: '' }
  const device = new Device(watching, fd, '/dev/dri/renderD128', { ...name, ...version }, driver)
  return { backend: watching, device, closed, prime }
}

describe('handles', () => {
  it('importing a buffer that the device holds gives the same Buffer, and GEM_CLOSE happens once', () => {
    const { device, closed, prime } = watched()
    const buffer = device.createBuffer({ sizeBytes: 4096 })
    prime.importsAs = buffer.handle
    using dmaBuf = buffer.export()
    const again = device.import(dmaBuf)
    expect(again).toBe(buffer)
    expect(buffer.owners).toBe(2)
    buffer.close()
    expect(buffer.closed).toBe(false)
    expect(closed).toEqual([])
    again.close()
    again.close()
    expect(closed).toEqual([buffer.handle])
    device.close()
  })

  it('a foreign dma-buf becomes a Buffer of its size, which a second import raises', () => {
    const { device, closed, prime, backend } = watched()
    prime.importsAs = 77
    using dmaBuf = dmaBufOf(backend, backend.dmaHeap.allocate(backend.dmaHeap.open('system'), 8192))
    const first = device.import(dmaBuf)
    expect(first.sizeBytes).toBe(8192)
    expect(device.import(dmaBuf)).toBe(first)
    device.closeAll()
    expect(closed).toEqual([77])
  })

  it('closeMany closes each handle once, and leaves what others own', () => {
    const { device, closed, prime } = watched()
    const [a, b] = device.createMany([4096, 8192])
    if (a === undefined || b === undefined) throw new Error('missing')
    expect([a.sizeBytes, b.sizeBytes]).toEqual([4096, 8192])
    prime.importsAs = a.handle
    using dmaBuf = a.export()
    device.import(dmaBuf)
    device.closeMany([a, b])
    expect(closed).toEqual([b.handle])
    expect(device.buffers).toEqual([a])
    a.close()
    device.close()
  })
})

describe('batches', () => {
  it('madviseMany tells of each buffer what madvise tells', () => {
    const { device } = watched()
    const buffers = device.createMany([4096, 4096, 4096])
    expect(device.madviseMany(buffers, 'dontneed')).toEqual([true, true, true])
    expect(device.madviseMany([], 'dontneed')).toEqual([])
    device.closeMany(buffers.slice(0, 1))
    expect(() => device.madviseMany(buffers, 'willneed')).toThrow('is closed')
    device.closeAll()
  })

  it('createMany that is refused in the middle leaves nothing behind', () => {
    const { device, closed } = watched()
    expect(() => device.createMany([4096, 2 ** 32 - 1])).toThrow('buffer 2 of 2')
    expect(closed).toHaveLength(1)
    expect(device.buffers).toEqual([])
    device.close()
  })
})

describe('versions', () => {
  it('a request that is too new names the driver, its version and the one that has it', () => {
    const { device } = watched()
    const buffer = device.createBuffer({ sizeBytes: 4096 })
    expect(() => device.panfrost().setLabel(buffer, 'x')).toThrow(NotSupportedError)
    expect(() => device.panfrost().setLabel(buffer, 'x')).toThrow(
      'SET_LABEL_BO: panfrost 1.2 does not know it: panfrost 1.4 has it',
    )
    expect(() => device.panfrost().createJmContext(0)).toThrow('panfrost 1.5 has it')
    expect(() => device.panfrost().queryInfo(buffer)).toThrow('panfrost 1.6 has it')
    expect(() => device.createBuffer({ sizeBytes: 4096, cached: true })).toThrow('WB_MMAP')
    device.closeAll()
    const old = watched({ major: 1, minor: 0 })
    expect(() => old.device.createBuffer({ sizeBytes: 4096, noexec: true })).toThrow('panfrost 1.1 has it')
    old.device.close()
  })

  it('a version that has it lets the kernel answer', () => {
    const { device } = watched({ major: 1, minor: 6 })
    const buffer = device.createBuffer({ sizeBytes: 4096 })
    // The simulated driver is older than it says here, and refuses.
    expect(() => device.panfrost().setLabel(buffer, 'x')).toThrow('EINVAL')
    expect(() => device.panthor()).toThrow('it is panthor that has it')
    device.closeAll()
  })
})

describe('mappings on the fake', () => {
  it('copyTo and hash work on the memory; bytes says that it cannot', () => {
    const device = openDeviceOf(createFakeBoard().backend)
    using a = device.createBuffer({ sizeBytes: 8192 }).map()
    using b = device.createBuffer({ sizeBytes: 8192 }).map()
    a.fill(7n)
    expect(a.hash()).not.toBe(b.hash())
    a.copyTo(b)
    expect(b.hash()).toBe(a.hash())
    b.verify(7n)
    expect(() => a.copyTo(b, 4097, 0, 4096)).toThrow(RangeError)
    expect(() => a.bytes).toThrow(NotSupportedError)
    device.closeAll()
  })
})

describe('programs', () => {
  it('an operation is four words', () => {
    const words = encodeProgram(
      [
        { op: 'create', slot: 3, sizeBytes: 4096 },
        { op: 'madvise', slot: 3, advice: 'dontneed' },
        { op: 'fill', slot: 3, seed: 0x1_0000_0002n },
      ],
      1,
    )
    expect([...words]).toEqual([0, 3, 4096, 1, 4, 3, 1, 0, 5, 3, 2, 1])
    expect(() => encodeProgram([{ op: 'map', slot: 4096 }])).toThrow(RangeError)
  })
})

describe('pending calls', () => {
  /** A call whose end the test decides on. */
  function call() {
    let resolve: (answer: number) => void = () => undefined
    const state = { cancelled: false }
    const result = new Promise<number>((r) => (resolve = r))
    return { state, resolve, pending: { result, cancel: () => (state.cancelled = true) } }
  }

  it('an abort rejects at once, cancels, and gives back what still comes', async () => {
    const calls = new PendingCalls()
    const { state, resolve, pending } = call()
    const abort = new AbortController()
    const discarded: number[] = []
    const answer = calls.run(
      () => pending,
      abort.signal,
      (made) => discarded.push(made),
    )
    abort.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    expect(state.cancelled).toBe(true)
    resolve(42)
    await pending.result
    expect(discarded).toEqual([42])
  })

  it('a descriptor is closed after the last call on it has ended', async () => {
    const calls = new PendingCalls()
    const { state, resolve, pending } = call()
    const answer = calls.run(() => pending)
    let isClosed = false
    calls.closeAfter(() => (isClosed = true))
    expect([isClosed, state.cancelled]).toEqual([false, true])
    resolve(-ERRNO.ECANCELED)
    expect(await answer).toBe(-ERRNO.ECANCELED)
    expect(isClosed).toBe(true)
  })
})
