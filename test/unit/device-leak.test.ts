import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Device } from '../../src/device/device.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { openHeapOf } from '../../src/device/heap.js'
import { MIB, TestMachine } from './sim-machine.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Finalizers run on a later turn of the loop. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 50 && !done(); tries++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what was lost without close() is given back by the collector, with one warning for all', async () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend } = machine.spawn('user')
  const free = machine.kernel.pages.freePages
  const warnings: Error[] = []
  process.on('warning', (warning) => warnings.push(warning))
  ;(() => {
    const device = openDeviceOf(backend)
    for (let count = 0; count < 3; count++) device.createBuffer({ sizeBytes: MIB }).map().fill(1n)
    openHeapOf(backend, 'system').allocate(MIB).map()
  })()
  expect(machine.kernel.pages.freePages).toBeLessThanOrEqual(free - 1024)
  await collectUntil(() => machine.kernel.pages.freePages === free && backend.drm.close(3) < 0)
  expect(machine.kernel.pages.freePages).toBe(free)
  await new Promise((resolve) => setImmediate(resolve))
  expect(warnings.filter(({ name }) => name === 'GemrigLeakWarning')).toHaveLength(1)
})

test('a lost buffer is no live buffer, and its handle is closed once only', async () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend } = machine.spawn('user')
  const closed: number[] = []
  const { drm } = backend
  const gemClose = (fd: number, handle: number) => {
    closed.push(handle)
    return drm.gemClose(fd, handle)
  }
  const device: Device = openDeviceOf({ ...backend, drm: { ...drm, gemClose } })
  ;(() => {
    device.createBuffer({ sizeBytes: 4096 }).close()
    device.createBuffer({ sizeBytes: 4096 })
  })()
  await collectUntil(() => closed.length === 2)
  expect(closed).toEqual([1, 1])
  device.close()
})

test('a mapping that is held keeps its buffer and the device from being collected', async () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend } = machine.spawn('user')
  const mapping = (() => openDeviceOf(backend).createBuffer({ sizeBytes: 4096 }).map())()
  const byte = (() => {
    const dmabuf = openHeapOf(backend, 'system').allocate(4096)
    return dmabuf.map()
  })()
  mapping.fill(5n)
  byte.fill(6n)
  for (let count = 0; count < 5; count++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  mapping.verify(5n)
  byte.verify(6n)
  mapping.close()
  byte.close()
})

test('what a killed process of the simulated machine had is no leak, and no error', async () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend, task } = machine.spawn('user')
  const errors: unknown[] = []
  process.once('uncaughtException', (error) => errors.push(error))
  let finalized = 0
  const { drm } = backend
  const counted = { ...drm, gemClose: (...args: [number, number]) => (finalized++, drm.gemClose(...args)) }
  ;(() => openDeviceOf({ ...backend, drm: counted }).createBuffer({ sizeBytes: 4096 }))()
  machine.kernel.tasks.kill(task)
  await collectUntil(() => finalized > 0)
  expect([finalized, errors]).toEqual([1, []])
})

test('a lost buffer whose device was closed meanwhile takes nothing from the next one, whose fd is the same', async () => {
  const machine = new TestMachine({ memoryBytes: 64 * MIB })
  const { backend } = machine.spawn('user')
  const device = openDeviceOf(backend)
  ;(() => device.createBuffer({ sizeBytes: 4096 }))()
  await new Promise((resolve) => setTimeout(resolve, 1))
  // Collected, but its finalizer has not had its turn.
  collect()
  device.close()
  const next = openDeviceOf(backend)
  const buffer = next.createBuffer({ sizeBytes: 4096 })
  expect(buffer.handle).toBe(1)
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(buffer.madvise('willneed')).toEqual({ retained: true })
})
