import { beforeEach, describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { Buffer } from '../../src/device/buffer.js'
import type { Device } from '../../src/device/device.js'
import {
  ClosedError,
  ContentError,
  DrmError,
  InvalidHandleError,
  LiveBuffersError,
  NotSupportedError,
  OutOfMemoryError,
  PurgedError,
} from '../../src/device/errors.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { MIB, type Process, TestMachine } from './sim-machine.js'

let machine: TestMachine
let user: Process
let device: Device

beforeEach(() => {
  machine = new TestMachine({ memoryBytes: 64 * MIB, pageCacheBytes: 0 })
  user = machine.spawn('user')
  device = openDeviceOf(user.backend)
})

const freePages = () => machine.kernel.pages.freePages

/** A buffer that the kernel purged. */
function purgedBuffer(sizeBytes = 4096): Buffer {
  const buffer = device.createBuffer({ sizeBytes, noexec: true })
  buffer.madvise('dontneed')
  const other = machine.spawn('other')
  machine.write(other, '/proc/sys/vm/drop_caches', '2')
  return buffer
}

describe('sizes', () => {
  const wrong = (value: unknown): number => value as number
  test.each([0, NaN, -1, -0.5, 1.5, Infinity, 2 ** 32, 2 ** 32 + 4096, 2 ** 53, Number.MIN_VALUE])(
    '%d is a RangeError before any kernel sees it',
    (sizeBytes) => {
      expect(() => device.createBuffer({ sizeBytes })).toThrow(RangeError)
      expect(() => device.createBuffer({ sizeBytes })).toThrow(/sizeBytes .*from 1 to 4294967295/)
    },
  )
  test.each([['4096'], [4096n], [null], [undefined], [{}]])('%s is a TypeError', (sizeBytes) => {
    expect(() => device.createBuffer({ sizeBytes: wrong(sizeBytes) })).toThrow(TypeError)
  })
  test('the kernel rounds up to pages, and the buffer says what it got', () => {
    for (const [asked, got] of [
      [1, 4096],
      [4096, 4096],
      [4097, 8192],
    ] as const) {
      using buffer = device.createBuffer({ sizeBytes: asked })
      using mapping = buffer.map()
      expect([buffer.sizeBytes, mapping.sizeBytes]).toEqual([got, got])
    }
  })
  test('more than the machine has is an OutOfMemoryError, and leaves nothing', () => {
    const free = freePages()
    let error: unknown
    try {
      device.createBuffer({ sizeBytes: 512 * MIB })
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(OutOfMemoryError)
    expect(error).toMatchObject({
      errno: ERRNO.ENOMEM,
      code: 'ENOMEM',
      syscall: 'ioctl',
      request: 'CREATE_BO',
    })
    expect(device.buffers).toEqual([])
    expect(freePages()).toBe(free)
  })
})

describe('flags', () => {
  test('heap without noexec is EINVAL, as the driver says', () => {
    expect(() => device.createBuffer({ sizeBytes: 4096, heap: true })).toThrow(/CREATE_BO.*EINVAL/)
  })
  test('a heap buffer cannot be mapped', () => {
    using heap = device.createBuffer({ sizeBytes: 4096, heap: true, noexec: true })
    expect(() => heap.map()).toThrow(/MMAP_BO.*EINVAL/)
    expect(heap.madvise('dontneed')).toEqual({ retained: true })
  })
})

describe('close', () => {
  test('gives the memory back once; a second time does nothing', () => {
    const free = freePages()
    const buffer = device.createBuffer({ sizeBytes: MIB })
    expect(freePages()).toBeLessThan(free)
    buffer.close()
    expect([buffer.closed, freePages()]).toEqual([true, free])
    // The kernel gives the same handle to the next one: a second close() must not close that.
    const next = device.createBuffer({ sizeBytes: MIB })
    expect(next.handle).toBe(buffer.handle)
    buffer.close()
    buffer[Symbol.dispose]()
    expect(next.madvise('willneed')).toEqual({ retained: true })
  })

  test('of a buffer closes its mappings, with their pages', () => {
    const free = freePages()
    const buffer = device.createBuffer({ sizeBytes: MIB })
    const mappings = [buffer.map(), buffer.map()]
    buffer.close()
    expect(mappings.map((mapping) => mapping.closed)).toEqual([true, true])
    expect(freePages()).toBe(free)
  })

  test('of a mapping leaves the buffer and its other mappings alone', () => {
    using buffer = device.createBuffer({ sizeBytes: 4096 })
    const [first, second] = [buffer.map(), buffer.map()]
    first.fill(3n)
    first.close()
    first.close()
    second.verify(3n)
    expect(() => first.verify(3n)).toThrow(ClosedError)
  })

  test('a closed buffer, mapping or device throws ClosedError without asking the kernel', () => {
    const buffer = device.createBuffer({ sizeBytes: 4096 })
    const mapping = buffer.map()
    buffer.close()
    device.close()
    const calls = {
      map: () => buffer.map(),
      madvise: () => buffer.madvise('willneed'),
      fill: () => mapping.fill(1n),
      verify: () => mapping.verify(1n),
      read: () => mapping.read(),
      write: () => mapping.write(0, new Uint8Array(1)),
      createBuffer: () => device.createBuffer({ sizeBytes: 1 }),
      getParam: () => device.getParam('GPU_PROD_ID'),
    }
    for (const [request, call] of Object.entries(calls)) {
      expect(call).toThrow(ClosedError)
      expect(call).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'none', request }))
    }
  })

  test('of a device with live buffers throws LiveBuffersError and closes nothing', () => {
    const buffers = Array.from({ length: 7 }, () => device.createBuffer({ sizeBytes: 4096 }))
    expect(() => device.close()).toThrow(LiveBuffersError)
    expect(() => device.close()).toThrow(/7 open buffer\(s\): 1 \(4096 bytes\), .*\.\.\.: .*closeAll/)
    expect(device.closed).toBe(false)
    expect(device.buffers).toEqual(buffers)
    for (const buffer of buffers) buffer.close()
    device.close()
    device.close()
    expect(device.closed).toBe(true)
  })

  test('closeAll() closes mappings, buffers, and the device', () => {
    const free = freePages()
    const buffers = [device.createBuffer({ sizeBytes: 4096 }), device.createBuffer({ sizeBytes: MIB })]
    const mapping = buffers[0]?.map()
    device.closeAll()
    expect([device.closed, mapping?.closed, ...buffers.map((buffer) => buffer.closed)]).toEqual(
      Array(4).fill(true),
    )
    expect(freePages()).toBe(free)
    expect(user.backend.drm.close(3)).toBe(-ERRNO.EBADF)
  })

  test('`using` closes also when the block throws', () => {
    const free = freePages()
    expect(() => {
      using buffer = device.createBuffer({ sizeBytes: MIB })
      using mapping = buffer.map()
      mapping.fill(1n)
      throw new Error('mine')
    }).toThrow('mine')
    expect(freePages()).toBe(free)
    expect(device.buffers).toEqual([])
  })
})

describe('a mapping', () => {
  test('holds what was written, byte for byte', () => {
    using buffer = device.createBuffer({ sizeBytes: 8192 })
    using mapping = buffer.map()
    expect(mapping.read()).toEqual(new Uint8Array(8192))
    mapping.fill(42n)
    mapping.verify(42n)
    const [byte = 0] = mapping.read(5000, 1)
    mapping.write(5000, Uint8Array.of(byte ^ 1))
    expect(() => mapping.verify(42n)).toThrow(ContentError)
    expect(() => mapping.verify(42n)).toThrow(expect.objectContaining({ offset: 5000, code: 'EIO' }))
    expect(() => mapping.verify(42n, 4096, 4096)).toThrow(expect.objectContaining({ offset: 5000 }))
    mapping.verify(42n, 0, 5000)
    mapping.verify(42n, 5001)
    expect(() => mapping.verify(43n, 0, 8)).toThrow(expect.objectContaining({ offset: 0 }))
  })

  test('refuses ranges beyond its end, and numbers that are none', () => {
    using buffer = device.createBuffer({ sizeBytes: 4096 })
    using mapping = buffer.map()
    const calls: (() => unknown)[] = [
      () => mapping.fill(1n, -1),
      () => mapping.fill(1n, 0, 4097),
      () => mapping.fill(1n, 4097),
      () => mapping.verify(1n, 0, NaN),
      () => mapping.verify(1n, 0.5),
      () => mapping.read(1, 4096),
      () => mapping.read(0, -1),
      () => mapping.write(4090, new Uint8Array(7)),
      () => mapping.write(Number.MAX_SAFE_INTEGER, new Uint8Array(1)),
      () => mapping.fill(-1n),
      () => mapping.fill(2n ** 64n),
    ]
    for (const call of calls) expect(call).toThrow(RangeError)
    expect(() => mapping.fill(1 as unknown as bigint)).toThrow(TypeError)
    expect(() => mapping.write(0, 'text' as unknown as Uint8Array)).toThrow(TypeError)
    expect(mapping.read(4096)).toEqual(new Uint8Array(0))
    mapping.fill(2n ** 64n - 1n)
    mapping.verify(2n ** 64n - 1n)
  })
})

describe('a purged buffer', () => {
  test('answers retained = false for ever, and every access throws PurgedError', () => {
    using buffer = purgedBuffer()
    for (const advice of ['willneed', 'dontneed', 'willneed'] as const) {
      expect(buffer.madvise(advice)).toEqual({ retained: false })
    }
    using mapping = buffer.map()
    const calls: Record<string, () => unknown> = {
      fill: () => mapping.fill(1n),
      verify: () => mapping.verify(1n),
      read: () => mapping.read(0, 1),
      write: () => mapping.write(0, new Uint8Array(1)),
    }
    for (const [request, call] of Object.entries(calls)) {
      expect(call).toThrow(PurgedError)
      expect(call).toThrow(
        expect.objectContaining({ code: 'SIGBUS', errno: ERRNO.EFAULT, syscall: 'memory access', request }),
      )
    }
    // A range without bytes touches nothing.
    expect(mapping.read(0, 0)).toEqual(new Uint8Array(0))
  })

  test('also raises it through a mapping from before', () => {
    using buffer = device.createBuffer({ sizeBytes: 8192 })
    using mapping = buffer.map()
    mapping.fill(9n)
    buffer.madvise('dontneed')
    mapping.verify(9n)
    machine.write(machine.spawn('other'), '/proc/sys/vm/drop_caches', '2')
    expect(() => mapping.verify(9n)).toThrow(PurgedError)
    expect(buffer.madvise('willneed')).toEqual({ retained: false })
  })

  test('gives all its memory back when it is closed', () => {
    const free = freePages()
    const buffer = purgedBuffer(MIB)
    buffer.map()
    buffer.close()
    expect(freePages()).toBe(free)
  })
})

describe('errors', () => {
  const thrown = (call: () => unknown): unknown => {
    try {
      return call()
    } catch (error) {
      return error
    }
  }

  test('a handle that the kernel does not know is an InvalidHandleError', () => {
    const buffer = device.createBuffer({ sizeBytes: 4096 })
    user.backend.drm.gemClose(3, buffer.handle)
    expect(() => buffer.madvise('willneed')).toThrow(InvalidHandleError)
    expect(() => buffer.madvise('willneed')).toThrow(
      expect.objectContaining({ code: 'ENOENT', errno: ERRNO.ENOENT, syscall: 'ioctl', request: 'MADVISE' }),
    )
    expect(() => buffer.map()).toThrow(InvalidHandleError)
  })

  test('ENOENT of a file is no matter of handles, and EINVAL is where the request says so', () => {
    user.backend.drm.close(3)
    const error = thrown(() => device.usage())
    expect(error).toMatchObject({ name: 'DrmError', code: 'ENOENT', syscall: 'read', request: 'fdinfo' })
    const modern = new TestMachine({ release: '7.2' }).spawn('modern')
    const other = openDeviceOf(modern.backend)
    const syncobj = other.createSyncobj()
    modern.backend.syncobj.destroy(3, syncobj.handle)
    expect(thrown(() => syncobj.exportFd())).toMatchObject({ name: 'InvalidHandleError', code: 'EINVAL' })
    expect(thrown(() => other.panfrost().destroyJmContext(77))).toMatchObject({
      name: 'InvalidHandleError',
      code: 'EINVAL',
    })
    syncobj.close()
    other.close()
  })

  test('a request that the kernel does not know is a NotSupportedError', () => {
    const { backend } = user
    for (const errno of [ERRNO.ENOTTY, ERRNO.EOPNOTSUPP, ERRNO.ENOSYS]) {
      const old = openDeviceOf({ ...backend, panfrost: { ...backend.panfrost, madvise: () => -errno } })
      using buffer = old.createBuffer({ sizeBytes: 4096 })
      expect(() => buffer.madvise('dontneed')).toThrow(NotSupportedError)
    }
  })

  test('all are DrmErrors with a name of their own', () => {
    expect(new LiveBuffersError(['1'])).toBeInstanceOf(DrmError)
    expect(new ClosedError('x', 'map').name).toBe('ClosedError')
    expect(String(new ContentError(3, 4))).toMatch(/^ContentError: .*offset 3 of 4/)
  })

  test('an errno without a name of ours is told by its number', () => {
    const { backend } = user
    const odd = openDeviceOf({ ...backend, panfrost: { ...backend.panfrost, createBo: () => -4095 } })
    expect(() => odd.createBuffer({ sizeBytes: 1 })).toThrow(
      expect.objectContaining({ code: 'E4095', errno: 4095 }),
    )
  })
})
