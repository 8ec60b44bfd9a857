/**
 * The benchmark of the cover letter on a model: one process allocates a buffer and closes it, again and again, on one CPU,
 * and a kernel thread frees what was put off, on another. Modelled nanoseconds; nothing is measured.
 */
import { type Block, type Order, takeBlocks } from '../../sim/dma-buf/heaps/blocks.js'
import { PAGE_SIZE } from '../../sim/mm/page.js'
import { CONSTANTS, type HeapModelConstants } from './constants.js'
import { CALLS, COVER_LETTER } from './cover-letter.js'

/** `system` is mainline's heap, and `system+pools+deferred` that of the series. */
const ALLOCATORS = ['ion', 'system', 'system+pools', 'system+deferred', 'system+pools+deferred'] as const
export type Allocator = (typeof ALLOCATORS)[number]

export interface HeapModelRun {
  readonly allocator: Allocator
  readonly sizeBytes: number
  /** Modelled. */
  readonly nsPerCall: number
  /** Of the pages that were allocated: how many came zeroed from a pool, 0 to 1. */
  readonly pooledShare: number
  /** Pages that the shrinker freed because memory was full. */
  readonly shrunkPages: number
}

export function runHeapModel(constants: HeapModelConstants = CONSTANTS): HeapModelRun[] {
  return COVER_LETTER.flatMap(({ sizeBytes }) =>
    ALLOCATORS.map((allocator) => runOne(allocator, sizeBytes, constants)),
  )
}

function runOne(allocator: Allocator, sizeBytes: number, constants: HeapModelConstants): HeapModelRun {
  const model = new HeapModel(allocator, sizeBytes, constants)
  for (let call = 0; call < CALLS; call++) model.allocateAndClose()
  return model.result()
}

type Buffer = readonly Block[]

class HeapModel {
  readonly #allocator: Allocator
  readonly #sizeBytes: number
  readonly #constants: HeapModelConstants
  readonly #pages: number
  readonly #zeroNs: number
  readonly #hasPools: boolean
  readonly #isDeferred: boolean
  readonly #isIon: boolean
  /** Blocks by order. */
  readonly #pool: Record<Order, number> = { 8: 0, 4: 0, 0: 0 }
  #pooledPages = 0
  /** Last in, first out. */
  readonly #freeList: Buffer[] = []
  #inWork: Buffer | null = null
  #workEndsNs = 0
  #nowNs = 0
  #fromPool = 0
  #shrunkPages = 0

  constructor(allocator: Allocator, sizeBytes: number, constants: HeapModelConstants) {
    this.#allocator = allocator
    this.#sizeBytes = sizeBytes
    this.#constants = constants
    this.#pages = sizeBytes / PAGE_SIZE
    this.#zeroNs = sizeBytes > constants.cacheBytes ? constants.zeroPageColdNs : constants.zeroPageNs
    this.#isIon = allocator === 'ion'
    this.#hasPools = this.#isIon || allocator.includes('pools')
    this.#isDeferred = this.#isIon || allocator.includes('deferred')
  }

  allocateAndClose(): void {
    const { callNs, ionCallNs, deferNs } = this.#constants
    this.#nowNs += this.#isIon ? ionCallNs : callNs
    const take = (order: Order): Block => this.#take(order)
    const blocks = takeBlocks(
      this.#pages,
      take,
      () => undefined,
      () => false,
    )
    if (typeof blocks === 'number') throw new Error('the model has no memory')
    if (!this.#isDeferred) {
      this.#nowNs += this.#workNs(blocks)
      this.#free(blocks)
      return
    }
    this.#nowNs += deferNs
    this.#letThreadWork()
    this.#freeList.push(blocks)
    if (this.#inWork === null) this.#beginWork(this.#nowNs)
  }

  result(): HeapModelRun {
    return {
      allocator: this.#allocator,
      sizeBytes: this.#sizeBytes,
      nsPerCall: this.#nowNs / CALLS,
      pooledShare: this.#fromPool / (CALLS * this.#pages),
      shrunkPages: this.#shrunkPages,
    }
  }

  #take(order: Order): Block {
    const pages = 1 << order
    this.#nowNs += this.#constants.blockNs
    this.#letThreadWork()
    if (this.#pool[order] > 0) {
      this.#pool[order]--
      this.#pooledPages -= pages
      this.#fromPool += pages
    } else {
      this.#makeRoom()
      this.#nowNs += pages * this.#zeroNs
    }
    return { order }
  }

  /** What freeing a buffer takes, whoever does it: with pools that is zeroing. */
  #workNs(blocks: Buffer): number {
    const { freeBlockNs, ionBufferNs, ionZeroFactor } = this.#constants
    const perBlock = blocks.length * freeBlockNs
    if (!this.#hasPools) return perBlock
    const zeroNs = this.#pages * this.#zeroNs
    return perBlock + (this.#isIon ? ionBufferNs + ionZeroFactor * zeroNs : zeroNs)
  }

  #free(blocks: Buffer): void {
    if (!this.#hasPools) return
    for (const { order } of blocks) this.#pool[order]++
    this.#pooledPages += this.#pages
  }

  #letThreadWork(): void {
    while (this.#inWork !== null && this.#workEndsNs <= this.#nowNs) {
      this.#free(this.#inWork)
      this.#beginWork(this.#workEndsNs)
    }
  }

  #beginWork(atNs: number): void {
    this.#inWork = this.#freeList.pop() ?? null
    if (this.#inWork !== null) this.#workEndsNs = atNs + this.#workNs(this.#inWork)
  }

  /** The shrinker frees a buffer of the list without zeroing it, in the time of whoever wants memory. */
  #makeRoom(): void {
    const { memoryBytes, freeBlockNs } = this.#constants
    const heldPages = this.#pooledPages + (this.#freeList.length + 2) * this.#pages
    if (heldPages * PAGE_SIZE <= memoryBytes) return
    const blocks = this.#freeList.pop()
    if (blocks === undefined) return
    this.#shrunkPages += this.#pages
    this.#nowNs += blocks.length * freeBlockNs
  }
}
