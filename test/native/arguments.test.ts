/** Arguments of the wrong type, or that no field of the kernel holds, are a TypeError that names them. */
import { expect, it } from 'vitest'
import type { Backend } from '../../dist/backend/backend.js'
import { describeNative, granted } from './native-addon.js'

type AnyCall = (...args: unknown[]) => unknown

const NOT_UINT32 = [-1, 2 ** 32, 1.5, NaN, Infinity, 1n, '1', null, undefined, {}, true]
const NOT_FD = [-1, 2 ** 31, 0.5, NaN, 3n, '3', null, undefined, {}]
const NOT_COUNT = [-1, 1.5, NaN, Infinity, 2 ** 53, 1n, '1', null, undefined]
const NOT_LENGTH = [0, ...NOT_COUNT]
const NOT_UINT64 = [-1n, 2n ** 64n, 1, '1', null, undefined]
const NOT_STRING = ['a\0b', 1, null, undefined, {}]
const NOT_BYTES = [
  [1],
  'a',
  new ArrayBuffer(1),
  new Uint16Array(1),
  new DataView(new ArrayBuffer(1)),
  null,
  undefined,
]

function callNamed(backend: Backend, name: string): AnyCall {
  const [group, call] = name.split('.') as [keyof Backend, string]
  return (backend[group] as unknown as Record<string, AnyCall>)[call] as AnyCall
}

describeNative('arguments of the native backend', (backend) => {
  const { drm, memory } = backend
  const map = granted(memory.mapAnonymous(4096))
  const NOT_MAPS = [
    {},
    { lengthBytes: 4096 },
    structuredClone(map),
    Object.create(map) as object,
    new Proxy(map, {}),
    () => map,
    null,
    undefined,
    1,
  ]

  /** A call, arguments that are right, and for each of them values that are not. */
  const cases: [string, unknown[], unknown[][]][] = [
    ['drm.open', ['/dev/null'], [NOT_STRING]],
    ['drm.close', [1], [NOT_FD]],
    ['drm.version', [1], [NOT_FD]],
    ['drm.gemClose', [1, 1], [NOT_FD, NOT_UINT32]],
    ['panfrost.getParam', [1, 1], [NOT_FD, NOT_UINT32]],
    ['panfrost.createBo', [1, 1, 0], [NOT_FD, NOT_UINT32, NOT_UINT32]],
    ['panfrost.mmapBo', [1, 1, 0], [NOT_FD, NOT_UINT32, NOT_UINT32]],
    ['panfrost.madvise', [1, 1, 0], [NOT_FD, NOT_UINT32, NOT_UINT32]],
    ['dmaHeap.open', ['system'], [NOT_STRING]],
    ['dmaHeap.allocate', [1, 4096], [NOT_FD, NOT_COUNT]],
    ['dmaHeap.size', [1], [NOT_FD]],
    ['dmaHeap.sync', [1, 1], [NOT_FD, NOT_UINT32]],
    ['dmaHeap.close', [1], [NOT_FD]],
    ['memory.mmap', [1, 0n, 4096], [NOT_FD, NOT_UINT64, NOT_LENGTH]],
    ['memory.mapAnonymous', [4096], [NOT_LENGTH]],
    ['memory.munmap', [map], [NOT_MAPS]],
    ['memory.fill', [map, 1n, 0, 1], [NOT_MAPS, NOT_UINT64, NOT_COUNT, NOT_COUNT]],
    ['memory.verify', [map, 1n, 0, 1], [NOT_MAPS, NOT_UINT64, NOT_COUNT, NOT_COUNT]],
    ['memory.read', [map, 0, 1], [NOT_MAPS, NOT_COUNT, NOT_COUNT]],
    ['memory.write', [map, 0, Buffer.of(1)], [NOT_MAPS, NOT_COUNT, NOT_BYTES]],
  ]

  it.each(cases)('%s takes no other types and no values out of range', (name, right, wrongs) => {
    const call = callNamed(backend, name)
    wrongs.forEach((values, index) => {
      for (const value of values) {
        const args = right.map((argument, i) => (i === index ? value : argument))
        expect(() => call(...args)).toThrow(TypeError)
      }
    })
    expect(call).toThrow(TypeError)
  })

  it('names the argument and the values that it takes', () => {
    expect(() => drm.gemClose(1, -1)).toThrow('handle must be an integer from 0 to 4294967295')
    expect(() => memory.mmap(1, 2n ** 64n, 1)).toThrow(
      'offset must be a bigint from 0n to 18446744073709551615n',
    )
    expect(() => memory.mapAnonymous(0)).toThrow('lengthBytes must be an integer from 1 to 9007199254740991')
  })
})
