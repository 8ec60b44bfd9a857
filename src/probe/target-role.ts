/** The role of a probe's target: holds buffers of which the kernel may take some, and tells what it took. */
import type { Role, TaskContext } from '../board/task.js'
import type { Buffer } from '../device/buffer.js'
import type { Device } from '../device/device.js'
import { ContentError, DrmError, PurgedError } from '../device/errors.js'
import type { DrmClient } from '../device/fdinfo.js'
import { openDeviceOf } from '../device/open-device.js'

export interface TargetArguments {
  readonly node: string
  /** How many buffers the kernel may take, and how many it may not. */
  readonly given: number
  readonly kept: number
  readonly bufferBytes: number
}

/** look: how much the kernel accounts as held. check: take everything back and verify it. */
export type TargetCommand = 'fill' | 'look' | 'check'

export interface TargetReply {
  /** fill: a refusal, `ENOMEM CREATE_BO`. */
  readonly refused?: string
  /** look: what the driver tells of this client in fdinfo; undefined where it tells nothing. */
  readonly residentBytes?: number
  /** check: buffers of those given that the kernel took: purged, or written out. Unknown where nothing tells. */
  readonly reclaimed?: number
  /** check: buffers whose content is as it was written, given and kept. */
  readonly intact?: number
  /** check: what broke a promise, in words. */
  readonly broken?: readonly string[]
}

interface Held {
  readonly buffer: Buffer
  readonly seed: bigint
}

class Target {
  readonly #device: Device
  readonly #args: TargetArguments
  #given: Held[] = []
  #kept: Held[] = []
  #residentAfterFill: number | undefined

  constructor(device: Device, args: TargetArguments) {
    this.#device = device
    this.#args = args
  }

  fill(): TargetReply {
    try {
      for (let i = 0; i < this.#args.kept; i++) this.#kept.push(this.#filled(BigInt(i + 1)))
      for (let i = 0; i < this.#args.given; i++) this.#given.push(this.#filled(BigInt(i + 1001)))
    } catch (error) {
      if (error instanceof DrmError) return { refused: `${error.code} ${error.request}` }
      throw error
    }
    if (this.#device.purgeable)
      this.#device.madviseMany(
        this.#given.map((held) => held.buffer),
        'dontneed',
      )
    this.#residentAfterFill = this.#residentBytes()
    return this.look()
  }

  look(): TargetReply {
    const residentBytes = this.#residentBytes()
    return residentBytes === undefined ? {} : { residentBytes }
  }

  check(): TargetReply {
    const broken: string[] = []
    const reclaimed = this.#device.purgeable ? this.#takeBack(broken) : this.#evicted()
    let intact = 0
    for (const held of this.#kept) if (this.#isIntact(held, 'a buffer that was kept', broken)) intact++
    for (const held of this.#given)
      if (!held.buffer.closed && this.#isIntact(held, 'a buffer that was retained', broken)) intact++
    for (const { buffer } of [...this.#given, ...this.#kept]) buffer.close()
    this.#given = []
    this.#kept = []
    return { ...(reclaimed !== undefined && { reclaimed }), intact, broken }
  }

  /** Closes those that were purged. */
  #takeBack(broken: string[]): number {
    const open = this.#kept.map((held) => held.buffer)
    if (this.#device.madviseMany(open, 'willneed').includes(false))
      broken.push('a buffer that was never given away was purged')
    const retained = this.#device.madviseMany(
      this.#given.map((held) => held.buffer),
      'willneed',
    )
    this.#given.forEach((held, i) => {
      if (!retained[i]) held.buffer.close()
    })
    return retained.filter((isRetained) => !isRetained).length
  }

  /** A driver that evicts and has no advice: whole buffers that are not resident any more. */
  #evicted(): number | undefined {
    const now = this.#residentBytes()
    if (now === undefined || this.#residentAfterFill === undefined) return undefined
    return Math.max(0, Math.round((this.#residentAfterFill - now) / this.#args.bufferBytes))
  }

  #isIntact({ buffer, seed }: Held, what: string, broken: string[]): boolean {
    try {
      using mapping = buffer.map()
      mapping.verify(seed)
      return true
    } catch (error) {
      if (!(error instanceof ContentError || error instanceof PurgedError)) throw error
      broken.push(`${what} lost its content: ${error.message}`)
      return false
    }
  }

  #filled(seed: bigint): Held {
    const sizeBytes = this.#args.bufferBytes
    const buffer = this.#device.createBuffer({
      sizeBytes,
      ...(this.#device.driver === 'panfrost' && { noexec: true }),
    })
    using mapping = buffer.map()
    mapping.fill(seed)
    return { buffer, seed }
  }

  /**
   * Undefined where the kernel keeps no such account: drivers have done so since 6.5 or later. From 7.0 on it leaves the
   * key out when it is 0 (drm_file.c, drm_show_memory_stats), as the totals tell.
   */
  #residentBytes(): number | undefined {
    const regions = Object.values(this.#usage()?.memory ?? {})
    const isKept = regions.some((region) => region.resident !== undefined || region.total !== undefined)
    if (!isKept) return undefined
    return Number(regions.reduce((sum, region) => sum + (region.resident ?? 0n), 0n))
  }

  #usage(): DrmClient | undefined {
    try {
      return this.#device.usage()
    } catch (error) {
      if (error instanceof DrmError) return undefined
      throw error
    }
  }
}

async function run(context: TaskContext, args: TargetArguments): Promise<void> {
  const device = openDeviceOf(context.backend, { node: args.node })
  try {
    const target = new Target(device, args)
    context.post({} satisfies TargetReply)
    for (;;) {
      const command = (await context.receive()) as TargetCommand | undefined
      if (command === undefined) return
      context.post(target[command]())
    }
  } finally {
    device.closeAll()
  }
}

export const targetRole: Role<TargetArguments> = {
  moduleUrl: import.meta.url,
  exportName: 'targetRole',
  run,
}
