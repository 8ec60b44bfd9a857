import { describe, expect, test } from 'vitest'
import { createFakeBoard } from '../../src/board/fake-board.js'
import type { Backend } from '../../src/backend/backend.js'
import type { DrmCalls } from '../../src/backend/drm-calls.js'
import { ERRNO } from '../../src/backend/errno.js'
import { discoverDevices } from '../../src/device/discover.js'
import { DrmError, NoDeviceError, NotSupportedError, PermissionError } from '../../src/device/errors.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { TestMachine } from './sim-machine.js'

const NODE = '/dev/dri/renderD128'

/** The fake backend, with some of its DRM calls replaced; `open` is the descriptors that are open. */
function backendWith(change: Partial<DrmCalls>): { backend: Backend; open: Set<number> } {
  const { backend } = createFakeBoard()
  const open = new Set<number>()
  const { drm } = backend
  const counted: DrmCalls = {
    ...drm,
    open: (path) => {
      const fd = drm.open(path)
      if (fd >= 0) open.add(fd)
      return fd
    },
    close: (fd) => {
      open.delete(fd)
      return drm.close(fd)
    },
  }
  return { backend: { ...backend, drm: { ...counted, ...change } }, open }
}

function caught(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}

const other = { name: 'nouveau', major: 1, minor: 0, patch: 0, date: '', description: '' }

describe('openDevice', () => {
  test('finds the first device whose buffers can be purged, and tells what it opened', () => {
    const { backend, open } = backendWith({})
    const device = openDeviceOf(backend)
    expect(device).toMatchObject({ driver: 'panfrost', node: NODE, backendKind: 'fake', purgeable: true })
    expect(device.getParam('GPU_PROD_ID')).toBeGreaterThan(0n)
    expect(open.size).toBe(1)
    device.close()
    expect(open.size).toBe(0)
  })

  test('a driver that gemrig does not know is a RangeError that lists those it knows', () => {
    const { backend } = backendWith({})
    expect(() => openDeviceOf(backend, { driver: 'pnafrost' })).toThrow(RangeError)
    expect(() => openDeviceOf(backend, { driver: 'pnafrost' })).toThrow(/'pnafrost'.*panfrost/)
  })

  test('a machine without a device says so, and what to do', () => {
    const { backend } = backendWith({ listNodes: () => [] })
    const error = caught(() => openDeviceOf(backend))
    expect(error).toBeInstanceOf(NoDeviceError)
    expect(error).toMatchObject({ code: 'ENODEV', errno: ERRNO.ENODEV })
    expect((error as Error).message).toMatch(/no DRM device at all.*--backend fake/)
  })

  test('a machine with other devices only says which', () => {
    const { backend, open } = backendWith({ version: () => other })
    expect(() => openDeviceOf(backend)).toThrow(/no purgeable device .*renderD128 with nouveau/)
    expect(() => openDeviceOf(backend, { driver: 'panfrost' })).toThrow(/no panfrost device/)
    expect(() => openDeviceOf(backend, { node: NODE })).toThrow(/is a nouveau device, not panfrost/)
    expect(open.size).toBe(0)
  })

  test.each([
    ['a node that does not exist', '/dev/dri/renderD200', NoDeviceError, 'ENOENT'],
    ['a file that is no DRM node', '/dev/null', NotSupportedError, 'ENOTTY'],
  ])('%s', (_title, node, type, code) => {
    const { backend, open } = backendWith({})
    const error = caught(() => openDeviceOf(backend, { node }))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ code })
    expect((error as DrmError).advice).toBeTruthy()
    expect((error as Error).message).toContain(node)
    expect(open.size).toBe(0)
  })

  test.each([
    [-ERRNO.EACCES, PermissionError],
    [-ERRNO.EPERM, PermissionError],
    [-ERRNO.ENXIO, NoDeviceError],
    [-ERRNO.ENODEV, NoDeviceError],
    [-ERRNO.EMFILE, DrmError],
  ])('a node whose open answers %i', (result, type) => {
    const { backend } = backendWith({ open: () => result })
    // Also by searching: a locked device is worth more words than "no device".
    for (const choice of [{}, { node: NODE }, { driver: 'panfrost' }]) {
      const error = caught(() => openDeviceOf(backend, choice))
      expect(error).toBeInstanceOf(type)
      expect(error).toMatchObject({ errno: -result, syscall: 'open', request: NODE })
    }
  })
})

describe('discoverDevices', () => {
  test('lists the fake GPU as purgeable and leaves nothing open', () => {
    const { backend, open } = backendWith({})
    expect(discoverDevices(backend)).toMatchObject([
      { path: NODE, support: 'purgeable', version: { name: 'panfrost' } },
      { path: '/dev/dri/card1', support: 'buffers', version: { name: 'vgem' } },
    ])
    expect(open.size).toBe(0)
  })

  test('names drivers that it does not drive, and keeps errors beside their nodes', () => {
    expect(discoverDevices(backendWith({ version: () => other }).backend)).toMatchObject([
      { support: 'none', version: { name: 'nouveau' } },
      { support: 'none', version: { name: 'nouveau' } },
    ])
    const [locked] = discoverDevices(backendWith({ open: () => -ERRNO.EACCES }).backend)
    expect(locked).toMatchObject({ support: 'none', error: { code: 'EACCES' } })
    expect(locked).not.toHaveProperty('version')
  })

  test('takes the primary node where there is no render node, and skips a device without either', () => {
    const primaryNode = '/dev/dri/card7'
    const node = { bus: 'platform', busName: 'x', compatible: [] } as const
    const { backend } = backendWith({ listNodes: () => [node, { ...node, primaryNode }] })
    expect(discoverDevices(backend)).toMatchObject([{ path: primaryNode, error: { code: 'ENOENT' } }])
  })

  test('a list that cannot be read is an error', () => {
    const { backend } = backendWith({ listNodes: () => -ERRNO.EACCES })
    expect(() => discoverDevices(backend)).toThrow(PermissionError)
  })
})

test('a second process of the machine has devices of its own', () => {
  const machine = new TestMachine()
  const [first, second] = ['a', 'b'].map((name) => openDeviceOf(machine.spawn(name).backend))
  const buffer = first?.createBuffer({ sizeBytes: 4096 })
  expect(second?.createBuffer({ sizeBytes: 4096 }).handle).toBe(buffer?.handle)
})
