/** Runs in the guest: jobs on the real Panfrost, which the GPU model executes. Prints one JSON object of what it found. */
import { writeFileSync } from 'node:fs'
const { holdJob, jobChain, nullJob, openDevice, writeValueJob } = await import('/app/dist/index.js')
const TIMED_OUT = -125
const found = {}
const attempt = async (name, run) => {
  try {
    found[name] = await run()
  } catch (error) {
    found[name] = `${error.name}: ${error.message}`
  }
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const dropCaches = () => writeFileSync('/proc/sys/vm/drop_caches', '2')

/** A file of its own has an address space of its own. */
function open() {
  const device = openDevice({ driver: 'panfrost' })
  const chain = device.createBuffer({ sizeBytes: 65536 })
  const map = chain.map()
  const syncobj = device.createSyncobj()
  const submit = (jobs, buffers) => {
    map.write(0, jobChain(chain.gpuAddress, jobs))
    device.panfrost().submit({
      jc: chain.gpuAddress,
      requirements: 0,
      inSyncs: new Uint32Array(),
      outSync: syncobj.handle,
      boHandles: Uint32Array.from([chain, ...buffers].map((buffer) => buffer.handle)),
      jmCtxHandle: 0,
    })
  }
  const status = async () => {
    if (!(await syncobj.wait({ timeoutMs: 20_000 }))) return 'never'
    const file = syncobj.exportSyncFile()
    const info = file.info()
    file.close()
    return info.status
  }
  return { device, chain, map, submit, status, close: () => device.closeAll() }
}

const word = (mapping, offset = 0) => {
  const bytes = mapping.read(offset, 8)
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true).toString(16)
}

await attempt('value', async () => {
  const { device, submit, status, close } = open()
  const target = device.createBuffer({ sizeBytes: 4096 })
  const mapping = target.map()
  const at = target.gpuAddress
  submit([nullJob(), writeValueJob(at, 0x1122334455667788n), writeValueJob(at + 8n, 0xabcdn, 2)], [target])
  const answer = [await status(), await target.waitIdle({ timeoutMs: 1000 }), word(mapping), word(mapping, 8)]
  close()
  return answer.join(' ')
})

await attempt('many', async () => {
  const { device, submit, status, close } = open()
  const target = device.createBuffer({ sizeBytes: 4096 })
  const mapping = target.map()
  let good = 0
  for (let i = 1; i <= 50; i++) {
    submit([writeValueJob(target.gpuAddress, BigInt(i))], [target])
    if ((await status()) === 1 && word(mapping) === i.toString(16)) good++
  }
  close()
  return good
})

await attempt('fault', async () => {
  const { submit, status, close } = open()
  submit([writeValueJob(0x6666_0000n, 1n)], [])
  const answer = await status()
  close()
  return answer
})

await attempt('shader', async () => {
  const { submit, status, close } = open()
  submit([{ ...nullJob(), type: 4 }], [])
  const answer = await status()
  close()
  return answer
})

/** On a machine with much else to do, the driver's timeout may end the job that is held: then it is held once more. */
await attempt('in flight', async () => {
  for (;;) {
    const { device, chain, map, submit, status, close } = open()
    const buffers = device.createMany(Array(32).fill(65536), { noexec: true })
    const [busy, idle] = [buffers.slice(0, 8), buffers.slice(8)]
    const gate = 32768
    map.write(gate, Uint8Array.of(1, 0, 0, 0))
    const writes = busy.map((buffer, index) => writeValueJob(buffer.gpuAddress, BigInt(index + 1)))
    device.madviseMany(buffers, 'dontneed')
    submit([holdJob(chain.gpuAddress + BigInt(gate)), ...writes], busy)
    dropCaches()
    const kept = [busy, idle].map((some) => device.madviseMany(some, 'dontneed').filter(Boolean).length)
    map.write(gate, Uint8Array.of(0))
    const answer = await status()
    if (answer === TIMED_OUT) {
      close()
      continue
    }
    const written = busy.filter((buffer, index) => {
      const mapping = buffer.map()
      const isThere = word(mapping) === (index + 1).toString(16)
      mapping.close()
      return isThere
    }).length
    // The driver lets go of the buffers in a worker, after the fence.
    await sleep(200)
    dropCaches()
    const after = device.madviseMany(busy, 'dontneed').filter(Boolean).length
    close()
    return `kept ${kept.join(' ')}, status ${answer}, written ${written}, kept later ${after}`
  }
})

await attempt('heap', async () => {
  const { device, submit, status, close } = open()
  const heap = device.createBuffer({ sizeBytes: 8 << 20, heap: true, noexec: true })
  const resident = () => Number(device.usage().memory.memory.resident ?? 0n)
  const before = resident()
  submit(
    [0n, 3n << 20n].map((offset) => writeValueJob(heap.gpuAddress + offset, 5n)),
    [heap],
  )
  const answer = await status()
  const grown = resident() - before
  heap.madvise('dontneed')
  await sleep(200)
  dropCaches()
  const { retained } = heap.madvise('willneed')
  close()
  return `status ${answer}, grown by ${grown >> 20} MiB, retained ${retained}`
})

await attempt('purged', async () => {
  const { device, submit, status, close } = open()
  const target = device.createBuffer({ sizeBytes: 4096 })
  target.madvise('dontneed')
  dropCaches()
  const { retained } = target.madvise('willneed')
  submit([writeValueJob(target.gpuAddress, 1n)], [target])
  const answer = `retained ${retained}, status ${await status()}`
  close()
  return answer
})
console.log(JSON.stringify(found, undefined, 1))
