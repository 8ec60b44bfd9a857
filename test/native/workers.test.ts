/** The addon loads in many threads at once, and a thread may be ended at any moment: nothing leaks, nothing crashes. */
import { expect, it } from 'vitest'
import { backendModuleUrl, runScript } from './child.js'
import { describeNative } from './native-addon.js'

/** Starts `new Worker` with `body`, in which `backend`, `fd` and `parentPort` are at hand. */
const WORKERS = `
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { readFileSync, mkdtempSync, openSync, rmSync, ftruncateSync } from 'node:fs'
const folder = mkdtempSync('/tmp/gemrig-native-')
const fd = openSync(folder + '/shared', 'w+')
ftruncateSync(fd, 64 << 20)
rmSync(folder, { recursive: true })
const mapped = () => readFileSync('/proc/self/maps', 'utf8').split(folder + '/shared').length - 1
const start = (body) => new Worker(
  "import { parentPort } from 'node:worker_threads'; const fd = " + fd + ";" +
  "import(" + ${JSON.stringify(backendModuleUrl)} + ").then(({ loadNativeBackend }) => {" +
  "const { backend } = loadNativeBackend();" + body + "})", { eval: true })
`

describeNative('workers', () => {
  it('four load the addon at once and work on mappings of their own', () => {
    const result = runScript(
      `${WORKERS}
      const answers = await Promise.all([1, 2, 3, 4].map(async (seed) => {
        const worker = start(\`
          const map = backend.memory.mapAnonymous(1 << 20)
          let right = 0
          for (let i = 0; i < 50; i++) {
            backend.memory.fill(map, \${seed}n, i, 1 << 19)
            right += backend.memory.verify(map, \${seed}n, i, 1 << 19)
          }
          parentPort.postMessage(right)\`)
        const exited = once(worker, 'exit')
        const [right] = await once(worker, 'message')
        await exited
        return right
      }))
      console.log(answers.every((right) => right === 50 * (1 << 19)))
      `,
      { prelude: false },
    )
    expect(result).toMatchObject({ stdout: 'true\n', stderr: '', code: 0 })
  })

  it('ending one in the middle of a call crashes nothing, and its mappings are gone', () => {
    const result = runScript(
      `${WORKERS}
      const codes = new Set()
      for (let round = 0; round < 12; round++) {
        const workers = [1, 2, 3, 4].map((seed) => start(\`
          const map = backend.memory.mmap(fd, 0n, 64 << 20)
          const big = backend.memory.mapAnonymous(64 << 20)
          parentPort.postMessage('busy')
          for (let i = 0; ; i++) {
            backend.memory.fill(big, \${seed}n, 0, 64 << 20)
            backend.memory.verify(map, \${seed}n, 0, 1 << 20)
            backend.memory.read(map, i % 4096, 1 << 16)
            backend.memory.write(map, i % 4096, new Uint8Array(100))
            try { backend.drm.close('not a descriptor') } catch {}
            backend.memory.munmap(backend.memory.mmap(fd, 0n, 4096))
          }\`))
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        await tick(round)
        for (const code of await Promise.all(workers.map((worker) => worker.terminate()))) codes.add(code)
      }
      function tick(ms) { return new Promise((resolve) => setTimeout(resolve, ms)) }
      console.log([...codes], mapped())
      `,
      { prelude: false },
    )
    expect(result).toMatchObject({ stdout: '[ 1 ] 0\n', stderr: '', code: 0 })
  })

  it('ending one that throws and refuses without pause crashes nothing', () => {
    const result = runScript(
      `${WORKERS}
      for (let round = 0; round < 30; round++) {
        const worker = start(\`
          parentPort.postMessage('busy')
          for (;;) {
            try { backend.memory.munmap({}) } catch {}
            try { backend.drm.open(1) } catch {}
            backend.drm.open('/nowhere'); backend.drm.listNodes(); backend.dmaHeap.list()
            backend.memory.mapAnonymous(4096)
          }\`)
        await once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, round % 5))
        await worker.terminate()
      }
      console.log('alive')
      `,
      { prelude: false },
    )
    expect(result).toMatchObject({ stdout: 'alive\n', stderr: '', code: 0 })
  })
})
