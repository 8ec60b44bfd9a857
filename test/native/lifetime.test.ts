/** A mapping is given back exactly once: by munmap, by the garbage collector, or at the end of its thread. */
import { expect, it } from 'vitest'
import { ERRNO } from '../../dist/backend/errno.js'
import { runScript } from './child.js'
import { describeNative, granted } from './native-addon.js'

describeNative('lifetime of native mappings', ({ memory }) => {
  it('munmap twice, and every call after it, answers EINVAL', () => {
    const map = granted(memory.mapAnonymous(4096))
    expect(memory.munmap(map)).toBe(0)
    expect(memory.munmap(map)).toBe(-ERRNO.EINVAL)
    expect(memory.fill(map, 1n, 0, 1)).toBe(-ERRNO.EINVAL)
    expect(memory.verify(map, 1n, 0, 0)).toBe(-ERRNO.EINVAL)
    expect(memory.read(map, 0, 1)).toBe(-ERRNO.EINVAL)
    expect(memory.write(map, 0, Buffer.of(1))).toBe(-ERRNO.EINVAL)
  })

  it('lengthBytes cannot be changed, so nobody can be told of a larger mapping', () => {
    const map = granted(memory.mapAnonymous(4096))
    expect(() => Object.assign(map, { lengthBytes: 8192 })).toThrow(TypeError)
    expect(map.lengthBytes).toBe(4096)
    memory.munmap(map)
  })

  it('code that unmaps in the middle of read finds nothing to break', () => {
    // Only arrays of this size or more are made by the constructor that a program can replace.
    const size = 64 * 1024
    const map = granted(memory.mapAnonymous(size))
    const original = globalThis.Uint8Array
    globalThis.Uint8Array = class extends original {
      constructor(length: number) {
        memory.munmap(map)
        super(length)
      }
    } as typeof Uint8Array
    try {
      expect(memory.read(map, 0, size)).toBe(-ERRNO.EINVAL)
    } finally {
      globalThis.Uint8Array = original
    }
  })

  it('the garbage collector unmaps what was lost, and leaves what is held', () => {
    const { stdout, stderr, code } = runScript(
      `
      import { readFileSync, writeFileSync, mkdtempSync, openSync, rmSync } from 'node:fs'
      const folder = mkdtempSync('/tmp/gemrig-native-')
      writeFileSync(folder + '/lost', Buffer.alloc(4096))
      const fd = openSync(folder + '/lost', 'r+')
      rmSync(folder, { recursive: true })
      const mapped = () => readFileSync('/proc/self/maps', 'utf8').split(folder + '/lost').length - 1
      const held = backend.memory.mmap(fd, 0n, 4096)
      ;(() => { for (let i = 0; i < 50; i++) backend.memory.mmap(fd, 0n, 4096) })()
      const before = mapped()
      for (let i = 0; i < 20 && mapped() > 1; i++) { globalThis.gc(); await tick() }
      console.log(before, mapped(), backend.memory.munmap(held), mapped())
      `,
      { nodeArguments: ['--expose-gc'] },
    )
    expect({ stdout, stderr, code }).toEqual({ stdout: '51 1 0 0\n', stderr: '', code: 0 })
  })
})
