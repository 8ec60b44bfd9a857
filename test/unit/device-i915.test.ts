import { describe, expect, test } from 'vitest'
import { ERRNO } from '../../src/backend/errno.js'
import type { I915MemoryRegion } from '../../src/backend/i915-calls.js'
import { NotSupportedError } from '../../src/device/errors.js'
import { openDeviceOf } from '../../src/device/open-device.js'
import { TestMachine } from './sim-machine.js'

/** The simulated driver under i915's name, with i915's own requests. */
function i915() {
  const { backend } = new TestMachine().spawn('user')
  const asked: (readonly I915MemoryRegion[])[] = []
  const device = openDeviceOf({
    ...backend,
    drm: {
      ...backend.drm,
      version: (fd) => {
        const version = backend.drm.version(fd)
        return typeof version === 'number' ? version : { ...version, name: 'i915' }
      },
    },
    i915: {
      ...backend.i915,
      getParam: (_fd, param) => (param === 17 ? { value: 1 } : -ERRNO.ENODEV),
      gemGetAperture: () => ({ sizeBytes: 4n << 30n, availableBytes: 3n << 30n }),
      gemCreateExt(fd, sizeBytes, _flags, regions) {
        asked.push(regions)
        const made = backend.panfrost.createBo(fd, Number(sizeBytes), 1)
        return typeof made === 'number' ? made : { handle: made.handle, sizeBytes: 65536n }
      },
    },
  })
  return { device, asked }
}

describe("i915's own requests", () => {
  test('parameters and the aperture', () => {
    using device = i915().device
    expect(device.i915().getParam('HAS_LLC')).toBe(1)
    expect(() => device.i915().getParam('REVISION')).toThrow(
      expect.objectContaining({ name: 'DrmError', code: 'ENODEV', request: 'GETPARAM' }),
    )
    expect(device.i915().getAperture()).toEqual({ sizeBytes: 4n << 30n, availableBytes: 3n << 30n })
  })

  test('a buffer in a region has the size that the region made of it, and belongs to the device', () => {
    const { device: opened, asked } = i915()
    using device = opened
    using buffer = device.i915().createBuffer(4097, [{ memoryClass: 1, memoryInstance: 0 }])
    expect(buffer.sizeBytes).toBe(65536)
    expect(device.buffers).toEqual([buffer])
    expect(asked).toEqual([[{ memoryClass: 1, memoryInstance: 0 }]])
    expect(() => device.i915().createBuffer(0)).toThrow(RangeError)
  })

  test('are not there on another driver', () => {
    using device = openDeviceOf(new TestMachine().spawn('user').backend)
    expect(() => device.i915()).toThrow(NotSupportedError)
  })
})
