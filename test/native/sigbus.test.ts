/** SIGBUS from a guarded mapping is an answer; any other SIGBUS does what it would do without the addon. */
import { expect, it } from 'vitest'
import { RAISED_SIGBUS } from '../../dist/backend/memory-calls.js'
import { backendModuleUrl, GONE, runScript } from './child.js'
import { describeNative, granted, mappedFile } from './native-addon.js'

const PAGES = 8
const SIZE_BYTES = PAGES * 4096

describeNative('SIGBUS guard', (backend) => {
  const { memory } = backend

  it('every access to pages that are gone answers RAISED_SIGBUS, as often as it is made', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    expect(memory.fill(mapped.map, 1n, 0, SIZE_BYTES)).toBe(0)
    mapped.file.resize(0)
    for (let i = 0; i < 100; i++) {
      expect(memory.fill(mapped.map, 1n, i, 100)).toBe(RAISED_SIGBUS)
      expect(memory.verify(mapped.map, 1n, i, 100)).toBe(RAISED_SIGBUS)
      expect(memory.read(mapped.map, i, 100)).toBe(RAISED_SIGBUS)
      expect(memory.write(mapped.map, i, Buffer.alloc(100))).toBe(RAISED_SIGBUS)
    }
    mapped.file.resize(SIZE_BYTES)
    expect(memory.fill(mapped.map, 1n, 0, SIZE_BYTES)).toBe(0)
    expect(memory.verify(mapped.map, 1n, 0, SIZE_BYTES)).toBe(SIZE_BYTES)
  })

  it('pages before the missing one are still there', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    memory.fill(mapped.map, 1n, 0, SIZE_BYTES)
    mapped.file.resize(3 * 4096)
    expect(memory.verify(mapped.map, 1n, 0, 3 * 4096)).toBe(3 * 4096)
    expect(memory.verify(mapped.map, 1n, 0, 3 * 4096 + 1)).toBe(RAISED_SIGBUS)
    expect(granted(memory.read(mapped.map, 3 * 4096 - 1, 1))).toHaveLength(1)
  })

  it('a difference in front of the missing page is told as a difference', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    memory.fill(mapped.map, 1n, 0, SIZE_BYTES)
    memory.write(mapped.map, 5, Buffer.alloc(8))
    mapped.file.resize(4096)
    expect(memory.verify(mapped.map, 1n, 0, SIZE_BYTES)).toBe(5)
  })

  it('a difference right in front of the missing page, too, wherever the verification begins', () => {
    using mapped = mappedFile(backend, SIZE_BYTES)
    memory.fill(mapped.map, 1n, 0, SIZE_BYTES)
    const [last = 0] = granted(memory.read(mapped.map, 4095, 1))
    memory.write(mapped.map, 4095, Buffer.of(last ^ 1))
    mapped.file.resize(4096)
    for (const offset of [0, 8, 2040, 2049, 4087, 4088, 4095])
      expect(memory.verify(mapped.map, 1n, offset, SIZE_BYTES - offset), `from ${offset}`).toBe(4095 - offset)
  })

  it('SIGBUS that somebody sends still ends the process', () => {
    const { signal, stdout } = runScript(`${GONE}
      console.log(guarded())
      process.kill(process.pid, 'SIGBUS')
      for (;;) {}`)
    expect({ signal, stdout }).toEqual({ signal: 'SIGBUS', stdout: `${RAISED_SIGBUS}\n` })
  })

  it('a listener for SIGBUS in JavaScript does not take the guard away', () => {
    const { stdout, code } = runScript(`${GONE}
      guarded()
      const listener = () => {}
      process.on('SIGBUS', listener)
      console.log(guarded(), guarded())
      process.off('SIGBUS', listener)
      console.log(guarded())`)
    expect({ stdout, code }).toEqual({
      stdout: `${RAISED_SIGBUS} ${RAISED_SIGBUS}\n${RAISED_SIGBUS}\n`,
      code: 0,
    })
  })

  it('works in workers, and the handler outlives the last of them', () => {
    const { stdout, signal } = runScript(
      `
      import { Worker } from 'node:worker_threads'
      import { once } from 'node:events'
      import { mkdtempSync, openSync, rmSync } from 'node:fs'
      const folder = mkdtempSync('/tmp/gemrig-native-')
      const fd = openSync(folder + '/gone', 'w+')
      rmSync(folder, { recursive: true })
      const body = \`import { parentPort } from 'node:worker_threads'
      import(${backendModuleUrl}).then(({ loadNativeBackend }) => {
        const { memory } = loadNativeBackend().backend
        const map = memory.mmap(\${fd}, 0n, 4096)
        let raised = 0
        for (let i = 0; i < 1000; i++) if (memory.verify(map, 1n, 0, 4096) === ${RAISED_SIGBUS}) raised++
        parentPort.postMessage(raised)
      })\`
      for (let round = 0; round < 3; round++) {
        const workers = [1, 2, 3, 4].map(() => new Worker(body, { eval: true }))
        const answers = await Promise.all(workers.map(async (worker) => {
          const exited = once(worker, 'exit')
          const [raised] = await once(worker, 'message')
          await exited
          return raised
        }))
        console.log(answers.join(' '))
      }
      process.kill(process.pid, 'SIGBUS')
      for (;;) {}
      `,
      { prelude: false },
    )
    expect({ stdout, signal }).toEqual({ stdout: '1000 1000 1000 1000\n'.repeat(3), signal: 'SIGBUS' })
  })
})
