import { writeFileSync } from 'node:fs'
const { jobChain, openDevice, writeValueJob } = await import('/app/dist/index.js')

// The GPU stays on: a resume resets the MMU's interrupts, as does a GPU reset.
writeFileSync('/sys/bus/platform/devices/b000000.gpu/power/control', 'on')
const device = openDevice({ driver: 'panfrost' })
const chain = device.createBuffer({ sizeBytes: 4096 })
const heap = device.createBuffer({ sizeBytes: 16 << 20, heap: true, noexec: true })
const mapping = chain.map()
const fence = device.createSyncobj()

async function write(address) {
  mapping.write(0, jobChain(chain.gpuAddress, [writeValueJob(address, 1n)]))
  device.panfrost().submit({
    jc: chain.gpuAddress,
    requirements: 0,
    inSyncs: new Uint32Array(),
    outSync: fence.handle,
    boHandles: Uint32Array.of(chain.handle, heap.handle),
    jmCtxHandle: 0,
  })
  await fence.wait()
  const file = fence.exportSyncFile()
  const { status } = file.info()
  file.close()
  return status
}

const statuses = {
  'the heap grows': await write(heap.gpuAddress),
  'an address that is not mapped': await write(0x6666_0000n),
  'the heap grows again': await write(heap.gpuAddress + (4n << 20n)),
}
console.log(JSON.stringify(statuses))
device.closeAll()
