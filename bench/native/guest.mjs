// Runs on the board: measures all cases beside the C program and prints the times as JSON.
//
//     node guest.mjs PACKAGE-ROOT C-PROGRAM ROUNDS MILLISECONDS [--cold]
import { openSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { CLoops } from './c-loops.mjs'
import { cases } from './loops.mjs'
import { measure } from './measure.mjs'

const [packageRoot, program, rounds, milliseconds, cold] = process.argv.slice(2)
const load = (path) => import(pathToFileURL(`${packageRoot}/dist/${path}`).href)
const { openDevice, openHeap } = await load('index.js')
const { loadNativeBackend } = await load('native-backend/native-backend.js')

const loaded = loadNativeBackend()
if ('missing' in loaded) throw new Error(loaded.missing)
const { backend } = loaded
const size = { rounds: Number(rounds), milliseconds: Number(milliseconds), isWarm: cold === undefined }
const device = openDevice({ driver: 'panfrost', backend: 'native' })
const heap = openHeap('system', { backend: 'native' })
// The addon's own calls work on other files of the same device and heap: what is created by them is no Buffer's.
const api = {
  device,
  heap,
  backend,
  fd: openSync(device.node, 'r+'),
  heapFd: backend.dmaHeap.open('system'),
}
const c = new CLoops(program, 'gem')
const inC = (name) => ({ name: 'c', operations: 1, run: (count) => c.run(name, count, 0) })

const alone = await measure([inC('refused')], size)
// Node has threads, which makes the kernel's way to a file longer: C gets one too.
await c.run('thread', 1, 0)
const threaded = await measure([inC('refused')], size)
const clock = await measure([inC('clock')], size)
const measured = []
for (const { name, ways } of cases(api, c)) {
  process.stderr.write(`${name}\n`)
  measured.push({ name, times: await measure(ways, size) })
}
c.close()
device.closeAll()
heap.close()
const systemCall = { alone: alone.c, threaded: threaded.c }
console.log(JSON.stringify({ cases: measured, systemCall, clock: clock.c }))
process.exit(0)
