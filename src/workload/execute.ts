/** Runs operations on a device. Knows which buffer is behind which name; judges nothing. */
import type { Buffer } from '../device/buffer.js'
import type { Device } from '../device/device.js'
import type { DmaBuf } from '../device/dmabuf.js'
import { ContentError, DrmError, PurgedError } from '../device/errors.js'
import type { Mapping } from '../device/mapping.js'
import type { BufferName, Operation, OperationOutcome } from './operation.js'

interface Held {
  readonly buffer: Buffer
  mapping?: Mapping
  dmaBuf?: DmaBuf
}

export class Executor {
  readonly #device: Device
  readonly #held = new Map<BufferName, Held>()

  constructor(device: Device) {
    this.#device = device
  }

  execute(operation: Operation): OperationOutcome {
    try {
      return this.#perform(operation)
    } catch (error) {
      if (error instanceof PurgedError) return { result: 'sigbus' }
      if (error instanceof ContentError) return { result: 'corrupt', offset: error.offset }
      if (error instanceof DrmError) return { result: 'refused', code: error.code, request: error.request }
      throw error
    }
  }

  #perform(operation: Operation): OperationOutcome {
    if (operation.op === 'create') {
      const { sizeBytes, noexec } = operation
      this.#held.set(operation.buffer, { buffer: this.#device.createBuffer({ sizeBytes, noexec }) })
      return { result: 'ok' }
    }
    const held = this.#held.get(operation.buffer)
    if (held === undefined)
      throw new RangeError(`program error: ${operation.op} of unknown buffer ${operation.buffer}`)
    switch (operation.op) {
      case 'map':
        held.mapping = held.buffer.map()
        return { result: 'ok' }
      case 'madvise':
        return { result: held.buffer.madvise(operation.advice).retained ? 'retained' : 'purged' }
      case 'export':
        held.dmaBuf ??= held.buffer.export()
        return { result: 'ok' }
      case 'close':
        this.#held.delete(operation.buffer)
        held.dmaBuf?.close()
        held.buffer.close()
        return { result: 'ok' }
      default:
        return access(held, operation)
    }
  }
}

function access(held: Held, operation: Operation): OperationOutcome {
  const { mapping } = held
  if (mapping === undefined) {
    throw new RangeError(`program error: ${operation.op} of buffer ${operation.buffer}, which is not mapped`)
  }
  switch (operation.op) {
    case 'fill':
      mapping.fill(BigInt(operation.seed))
      return { result: 'ok' }
    case 'verify':
      mapping.verify(BigInt(operation.seed))
      return { result: 'intact' }
    case 'touch':
      mapping.read(0, 1)
      return { result: 'ok' }
    case 'unmap':
      mapping.close()
      delete held.mapping
      return { result: 'ok' }
    default:
      throw new RangeError(`program error: ${operation.op} is no access`)
  }
}
