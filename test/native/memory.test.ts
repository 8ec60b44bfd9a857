/** fill, verify, read and write do to a mapping what the reference pattern and a plain array do. */
import { ftruncateSync, readSync, writeSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ERRNO } from '../../dist/backend/errno.js'
import { RAISED_SIGBUS } from '../../dist/backend/memory-calls.js'
import { describeNative, granted, mappedFile, temporaryFile } from './native-addon.js'
import { patternBytes } from './pattern.js'

/** Above the block of 2 KiB that verify looks at as one, and no multiple of a page. */
const SIZE_BYTES = 3 * 4096 + 123

const seeds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const ranges = fc
  .tuple(fc.nat(SIZE_BYTES), fc.nat(SIZE_BYTES))
  .map(([a, b]) => ({ offset: Math.min(a, b), length: Math.abs(a - b) }))

describeNative('memory of the native backend', (backend) => {
  const { memory } = backend

  it('fill writes the pattern to the range and nothing beside it', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    const model = new Uint8Array(SIZE_BYTES)
    fc.assert(
      fc.property(seeds, ranges, (seed, { offset, length }) => {
        expect(memory.fill(mapped.map, seed, offset, length)).toBe(0)
        model.set(patternBytes(seed, offset, length), offset)
        expect(Buffer.compare(granted(memory.read(mapped.map, 0, SIZE_BYTES)), model)).toBe(0)
      }),
    )
  })

  it('a forked process verifies, loses half of its mapping, and ends: the parent still has all of it', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    memory.fill(mapped.map, 7n, 0, SIZE_BYTES)
    for (const exec of [false, true]) expect(memory.verifyInFork(mapped.map, 7n, exec)).toBe(SIZE_BYTES)
    expect(memory.verify(mapped.map, 7n, 0, SIZE_BYTES)).toBe(SIZE_BYTES)
    memory.write(mapped.map, 5000, Uint8Array.of(0xff, 0, 0xff))
    expect(memory.verifyInFork(mapped.map, 7n, false)).toBe(memory.verify(mapped.map, 7n, 0, SIZE_BYTES))
    memory.munmap(mapped.map)
    expect(memory.verifyInFork(mapped.map, 7n, false)).toBe(-ERRNO.EINVAL)
  })

  it('a SIGBUS of the forked process is its answer, and no other process ends of it', () => {
    using mapped = mappedFile(backend, 2 * 4096)
    memory.fill(mapped.map, 7n, 0, 2 * 4096)
    ftruncateSync(mapped.file.fd, 4096)
    expect(memory.verifyInFork(mapped.map, 7n, false)).toBe(RAISED_SIGBUS)
  })

  it('verify counts the bytes up to the first that differs, wherever it is', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    fc.assert(
      fc.property(seeds, ranges, fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, range, at, flip) => {
        const { offset, length } = range
        memory.fill(mapped.map, seed, 0, SIZE_BYTES)
        expect(memory.verify(mapped.map, seed, offset, length)).toBe(length)
        if (length === 0) return
        const wrong = at % length
        const [byte = 0] = granted(memory.read(mapped.map, offset + wrong, 1))
        memory.write(mapped.map, offset + wrong, Uint8Array.of(byte ^ flip))
        expect(memory.verify(mapped.map, seed, offset, length)).toBe(wrong)
      }),
      { numRuns: 500 },
    )
  })

  it('write and read round-trip at every alignment, from views into larger arrays too', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    const model = new Uint8Array(SIZE_BYTES)
    const bytes = fc.uint8Array({ maxLength: 600 })
    fc.assert(
      fc.property(bytes, fc.nat(8), fc.nat(SIZE_BYTES - 600), (source, skip, offset) => {
        const view = source.subarray(Math.min(skip, source.length))
        expect(memory.write(mapped.map, offset, view)).toBe(0)
        model.set(view, offset)
        expect(granted(memory.read(mapped.map, offset, view.length))).toEqual(Uint8Array.from(view))
        expect(Buffer.compare(granted(memory.read(mapped.map, 0, SIZE_BYTES)), model)).toBe(0)
      }),
    )
  })

  it('the pattern of one seed is not that of another, nor that of another place', () => {
    using mapped = mappedFile(backend, 8192)
    memory.fill(mapped.map, 1n, 0, 8192)
    expect(memory.verify(mapped.map, 2n, 0, 8192)).toBeLessThan(8)
    memory.write(mapped.map, 4096, granted(memory.read(mapped.map, 0, 4096)))
    expect(memory.verify(mapped.map, 1n, 0, 8192)).toBeLessThan(4096 + 8)
  })

  it('a mapping of a file is the file', () => {
    using mapped = mappedFile(backend, 4096)
    memory.write(mapped.map, 10, Buffer.from('to the file'))
    const found = Buffer.alloc(11)
    readSync(mapped.file.fd, found, 0, 11, 10)
    expect(found.toString()).toBe('to the file')
    writeSync(mapped.file.fd, 'from the file', 100)
    expect(Buffer.from(granted(memory.read(mapped.map, 100, 13))).toString()).toBe('from the file')
  })

  it('maps at offsets above 4 GiB', () => {
    const offset = 4 * 2 ** 30 + 3 * 4096
    using file = temporaryFile(offset + 4096)
    const map = granted(memory.mmap(file.fd, BigInt(offset), 4096))
    memory.fill(map, 7n, 0, 4096)
    memory.munmap(map)
    const found = Buffer.alloc(4096)
    readSync(file.fd, found, 0, 4096, offset)
    expect(Buffer.compare(found, patternBytes(7n, 0, 4096))).toBe(0)
    readSync(file.fd, found, 0, 4096, 3 * 4096)
    expect(found.every((byte) => byte === 0)).toBe(true)
  })

  it('anonymous memory is zeroed, and read gives a copy', () => {
    const map = granted(memory.mapAnonymous(1000))
    expect(map.lengthBytes).toBe(1000)
    const before = granted(memory.read(map, 0, 1000))
    expect(before.every((byte) => byte === 0)).toBe(true)
    memory.fill(map, 3n, 0, 1000)
    expect(before.every((byte) => byte === 0)).toBe(true)
    memory.munmap(map)
  })

  it('answers EINVAL out of range, ENOMEM when there is no memory for a copy', () => {
    const map = granted(memory.mapAnonymous(4096))
    for (const [offset, length] of [
      [0, 4097],
      [4096, 1],
      [4097, 0],
      [1, Number.MAX_SAFE_INTEGER],
      [Number.MAX_SAFE_INTEGER, 1],
    ] as const) {
      expect(memory.fill(map, 1n, offset, length)).toBe(-ERRNO.EINVAL)
      expect(memory.verify(map, 1n, offset, length)).toBe(-ERRNO.EINVAL)
      expect(memory.read(map, offset, length)).toBe(-ERRNO.EINVAL)
    }
    expect(memory.write(map, 4095, Buffer.alloc(2))).toBe(-ERRNO.EINVAL)
    expect(memory.fill(map, 1n, 4096, 0)).toBe(0)
    expect(memory.write(map, 4096, new Uint8Array())).toBe(0)
    expect(granted(memory.read(map, 4096, 0))).toHaveLength(0)

    using file = temporaryFile(2 ** 42)
    const huge = granted(memory.mmap(file.fd, 0n, 2 ** 42))
    expect(memory.read(huge, 0, 2 ** 42)).toBe(-ERRNO.ENOMEM)
    memory.munmap(huge)
    memory.munmap(map)
  })
})
