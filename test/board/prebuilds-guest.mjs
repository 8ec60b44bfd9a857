/** Runs in the guest, in a project that has the package installed: its binary at work. Prints one JSON object. */
import { readFileSync, writeFileSync } from 'node:fs'
import { openDevice, openHeap } from 'gemrig'

const errorName = (run) => {
  try {
    run()
    return 'none'
  } catch (error) {
    return error.name
  }
}

const found = { arch: process.arch }
const device = openDevice({ driver: 'panfrost', backend: 'native' })
const maps = readFileSync('/proc/self/maps', 'utf8')
found.addons = [...new Set(maps.match(/\S+\.node$/gm))].map((path) => path.replace(/^.*node_modules\//, ''))
found.libdrm = /libdrm\.so/.test(maps)

const [given, kept] = [1 << 20, 1 << 20].map((sizeBytes) => device.createBuffer({ sizeBytes, noexec: true }))
const mappings = [given, kept].map((buffer) => buffer.map())
mappings.forEach((mapping, i) => mapping.fill(BigInt(i + 1)))
mappings.forEach((mapping, i) => mapping.verify(BigInt(i + 1)))
found.given = given.madvise('dontneed').retained
writeFileSync('/proc/sys/vm/drop_caches', '2')
found.retained = [given, kept].map((buffer) => buffer.madvise('willneed').retained)
found.verified = mappings.map((mapping, i) => errorName(() => mapping.verify(BigInt(i + 1))))
const program = await device.runProgram({
  iterations: 10,
  operations: [
    { op: 'create', slot: 0, sizeBytes: 65536 },
    { op: 'map', slot: 0 },
    { op: 'fill', slot: 0, seed: 2n ** 63n + 5n },
    { op: 'verify', slot: 0, seed: 2n ** 63n + 5n },
    { op: 'close', slot: 0 },
  ],
})
found.program = `${program.operations.verify.count} ${program.operations.verify.corrupt}`
found.heap = errorName(() => {
  const heap = openHeap('system', { backend: 'native' })
  const memory = heap.allocate(1 << 20)
  const mapping = memory.map()
  mapping.fill(9n)
  mapping.verify(9n)
  memory.close()
  heap.close()
})
device.closeAll()
console.log(JSON.stringify(found))
