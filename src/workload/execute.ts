/** Runs operations on a device. Knows what is behind which name; judges nothing. */
import { Buffer } from 'node:buffer'
import type { Backend } from '../backend/backend.js'
import type { Buffer as GemBuffer } from '../device/buffer.js'
import type { Device } from '../device/device.js'
import { DmaBuf } from '../device/dmabuf.js'
import { ContentError, DrmError, PurgedError } from '../device/errors.js'
import { openHeapOf } from '../device/heap.js'
import type { Mapping } from '../device/mapping.js'
import { openDeviceOf } from '../device/open-device.js'
import { createUdmabufOf } from '../device/udmabuf.js'
import type { BufferName, Operation, OperationOutcome } from './operation.js'

interface Held {
  readonly buffer: GemBuffer | DmaBuf
  mapping?: Mapping
  dmaBuf?: DmaBuf
}

/** A program uses what is not there: it is wrong, or an operation before was refused. */
export class ProgramError extends RangeError {
  override readonly name = 'ProgramError'
}

const OK: OperationOutcome = { result: 'ok' }

export class Executor {
  readonly #backend: Backend
  readonly #device: Device
  readonly #held = new Map<BufferName, Held>()
  readonly #files = new Map<BufferName, Device>()

  /** `device` stays the caller's. */
  constructor(backend: Backend, device: Device) {
    this.#backend = backend
    this.#device = device
  }

  /** Throws ProgramError when the operation needs what is not there, or not mapped. */
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

  /** Closes what is left: mappings, dma-bufs, buffers, files. */
  end(): void {
    for (const held of this.#held.values()) close(held)
    this.#held.clear()
    for (const file of this.#files.values()) file.closeAll()
    this.#files.clear()
  }

  #perform(operation: Operation): OperationOutcome {
    switch (operation.op) {
      case 'create': {
        const { sizeBytes, noexec, file } = operation
        return this.#keep(operation.buffer, this.#fileOf(file).createBuffer({ sizeBytes, noexec }))
      }
      case 'open':
        this.#files.set(operation.buffer, openDeviceOf(this.#backend, { node: this.#device.node }))
        return OK
      case 'heap-allocate': {
        using heap = openHeapOf(this.#backend, operation.heap)
        return this.#keep(operation.buffer, heap.allocate(operation.sizeBytes))
      }
      case 'udmabuf':
        return this.#keep(operation.buffer, createUdmabufOf(this.#backend, operation.sizeBytes))
      case 'import': {
        const from = this.#heldBy({ ...operation, buffer: operation.from })
        const dmaBuf = from.buffer instanceof DmaBuf ? from.buffer : from.dmaBuf
        if (dmaBuf === undefined) throw new ProgramError(`${operation.from} was not exported`)
        return this.#keep(operation.buffer, this.#fileOf(operation.file).import(dmaBuf))
      }
      case 'close':
        return this.#close(operation)
      default:
        return use(this.#heldBy(operation), operation)
    }
  }

  #keep(name: BufferName, buffer: GemBuffer | DmaBuf): OperationOutcome {
    this.#held.set(name, { buffer })
    return OK
  }

  #fileOf(name: BufferName | undefined): Device {
    if (name === undefined) return this.#device
    const file = this.#files.get(name)
    if (file === undefined) throw new ProgramError(`there is no file ${name}`)
    return file
  }

  #heldBy(operation: Operation): Held {
    const held = this.#held.get(operation.buffer)
    if (held !== undefined) return held
    throw new ProgramError(`${operation.op} of unknown buffer ${operation.buffer}`)
  }

  #close(operation: Operation): OperationOutcome {
    const file = this.#files.get(operation.buffer)
    if (file === undefined) {
      close(this.#heldBy(operation))
      this.#held.delete(operation.buffer)
      return OK
    }
    this.#files.delete(operation.buffer)
    for (const [name, held] of this.#held) {
      if (held.buffer instanceof DmaBuf || held.buffer.device !== file) continue
      close(held)
      this.#held.delete(name)
    }
    file.closeAll()
    return OK
  }
}

function close({ buffer, dmaBuf }: Held): void {
  dmaBuf?.close()
  buffer.close()
}

function use(held: Held, operation: Operation): OperationOutcome {
  const { buffer } = held
  if (operation.op === 'map') {
    held.mapping = buffer.map()
    return OK
  }
  if (operation.op === 'madvise' || operation.op === 'export') {
    if (buffer instanceof DmaBuf)
      throw new ProgramError(`${operation.op} of ${operation.buffer}, which is a dma-buf`)
    if (operation.op === 'madvise')
      return { result: buffer.madvise(operation.advice).retained ? 'retained' : 'purged' }
    held.dmaBuf ??= buffer.export()
    return OK
  }
  return access(held, operation)
}

function access(held: Held, operation: Operation): OperationOutcome {
  const { mapping } = held
  if (mapping === undefined) {
    throw new ProgramError(`${operation.op} of buffer ${operation.buffer}, which is not mapped`)
  }
  switch (operation.op) {
    case 'fill':
      mapping.fill(BigInt(operation.seed))
      return OK
    case 'verify':
      mapping.verify(BigInt(operation.seed))
      return { result: 'intact' }
    case 'zeroed':
      return zeroed(mapping)
    case 'touch':
      mapping.read(0, 1)
      return OK
    case 'unmap':
      mapping.close()
      delete held.mapping
      return OK
    default:
      throw new ProgramError(`${operation.op} is no access`)
  }
}

function zeroed(mapping: Mapping): OperationOutcome {
  const bytes = mapping.read()
  // Comparing is many times faster than looking at each byte.
  if (Buffer.compare(bytes, Buffer.alloc(bytes.length)) === 0) return { result: 'intact' }
  return { result: 'corrupt', offset: bytes.findIndex((byte) => byte !== 0) }
}
