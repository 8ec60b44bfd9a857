/** Runs operations on a device. Knows what is behind which name; judges nothing. */
import type { Backend } from '../backend/backend.js'
import type { Buffer as GemBuffer } from '../device/buffer.js'
import type { Device } from '../device/device.js'
import { DmaBuf } from '../device/dmabuf.js'
import { ContentError, DrmError, PurgedError } from '../device/errors.js'
import { openHeapOf } from '../device/heap.js'
import type { Mapping } from '../device/mapping.js'
import type { Syncobj } from '../device/syncobj.js'
import { openDeviceOf } from '../device/open-device.js'
import { createUdmabufOf } from '../device/udmabuf.js'
import { access } from './execute-access.js'
import { raceHandles } from './execute-race.js'
import { raceMadvise } from './execute-race-madvise.js'
import { submit, wait } from './execute-jobs.js'
import type { BufferName, Operation, OperationOutcome } from './operation.js'
import { ProgramError } from './program-error.js'

/** What is behind a name. */
export interface Held {
  readonly buffer: GemBuffer | DmaBuf
  mapping?: Mapping
  dmaBuf?: DmaBuf
  /** Of its jobs that nobody has waited for yet. */
  jobs?: Syncobj[]
}

const OK: OperationOutcome = { result: 'ok' }
/** What an access without memory for its page comes to, on a device that purges nothing (panthor_gem_any_fault, 7.2). */
const NO_PAGE: OperationOutcome = { result: 'refused', code: 'ENOMEM', request: 'page fault' }
const OF_GEM_BUFFERS = new Set<Operation['op']>(['madvise', 'export', 'close-handle', 'residency'])

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

  /**
   * Throws ProgramError, or rejects with it, when the operation needs what is not there, or not mapped. A promise for
   * those alone that take their time on threads of their own.
   */
  execute(operation: Operation): OperationOutcome | Promise<OperationOutcome> {
    try {
      const outcome = this.#perform(operation)
      return outcome instanceof Promise ? outcome.catch(outcomeOf) : outcome
    } catch (error) {
      return outcomeOf(error)
    }
  }

  /** Closes what is left: mappings, dma-bufs, buffers, files. */
  end(): void {
    for (const held of this.#held.values()) close(held)
    this.#held.clear()
    for (const file of this.#files.values()) file.closeAll()
    this.#files.clear()
  }

  #perform(operation: Operation): OperationOutcome | Promise<OperationOutcome> {
    switch (operation.op) {
      case 'create': {
        const { sizeBytes, noexec, file } = operation
        const device = this.#fileOf(file)
        const options = { sizeBytes, ...(device.hasNoexec && { noexec }) }
        return this.#keep(operation.buffer, device.createBuffer(options))
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
      case 'race-handles':
        return raceHandles(this.#fileOf(operation.buffer), operation)
      case 'race-madvise': {
        const others = operation.others.map((buffer) => this.#heldBy({ ...operation, buffer }))
        return raceMadvise(this.#heldBy(operation), others, operation)
      }
      case 'submit':
        return submit(this.#heldBy(operation), this.#heldBy({ ...operation, buffer: operation.chain }))
      case 'wait':
        return wait(this.#heldBy(operation))
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

function outcomeOf(error: unknown): OperationOutcome {
  if (error instanceof PurgedError) return { result: 'sigbus' }
  if (error instanceof ContentError) return { result: 'corrupt', offset: error.offset }
  if (error instanceof DrmError) return { result: 'refused', code: error.code, request: error.request }
  throw error
}

function close({ buffer, dmaBuf, jobs }: Held): void {
  for (const job of jobs ?? []) job.close()
  dmaBuf?.close()
  buffer.close()
}

function use(held: Held, operation: Operation): OperationOutcome {
  const { buffer } = held
  if (operation.op === 'map') {
    held.mapping = buffer.map()
    return OK
  }
  if (!OF_GEM_BUFFERS.has(operation.op)) return accessOrRefusal(held, operation)
  if (buffer instanceof DmaBuf)
    throw new ProgramError(`${operation.op} of ${operation.buffer}, which is a dma-buf`)
  switch (operation.op) {
    case 'madvise':
      return { result: buffer.madvise(operation.advice).retained ? 'retained' : 'purged' }
    case 'close-handle':
      buffer.device.closeHandle(buffer.handle)
      return OK
    case 'residency':
      return residency(buffer.device)
    default:
      held.dmaBuf ??= buffer.export()
      return OK
  }
}

function accessOrRefusal(held: Held, operation: Operation): OperationOutcome {
  try {
    return access(held, operation)
  } catch (error) {
    const { buffer } = held
    const isNoPurge = error instanceof PurgedError && !(buffer instanceof DmaBuf) && !buffer.device.purgeable
    if (isNoPurge) return NO_PAGE
    throw error
  }
}

function residency(device: Device): OperationOutcome {
  const regions = Object.values(device.usage()?.memory ?? {})
  const bytes = regions.reduce((sum, { total = 0n, resident }) => {
    // A driver whose buffers can be evicted tells of residence, and leaves the line out when nothing is resident.
    return sum + Number(total - (resident ?? (device.evictable ? 0n : total)))
  }, 0)
  return bytes > 0 ? { result: 'evicted', bytes } : OK
}
