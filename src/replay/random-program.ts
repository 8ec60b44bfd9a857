/** Random programs from a seed: all that two clients of a driver may do with buffers, in any order. */
import type { Advice } from '../device/gem-driver.js'
import type { BufferName, Operation } from '../workload/operation.js'
import { createRandom, type Random } from '../workload/random.js'
import type { Step } from './step.js'

const ACTORS = 2
const SIZES = [1, 4096, 5000, 65536, 262144] as const
const ADVICES: readonly [Advice, ...Advice[]] = ['willneed', 'dontneed', 'dontneed']
const MOST_SEED = 0x7fffffff
/** Buffers of one actor at a time, so that later operations meet earlier ones. */
const LIVE = 10

export interface ProgramKinds {
  /** Dma-bufs of the system heap. */
  readonly heap: boolean
}

type Kind = Operation['op'] | 'reclaim'

/** How often each kind is drawn. */
const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ['create', 14],
  ['map', 12],
  ['fill', 10],
  ['verify', 10],
  ['zeroed', 3],
  ['touch', 10],
  ['unmap', 8],
  ['madvise', 24],
  ['export', 4],
  ['import', 5],
  ['heap-allocate', 3],
  ['open', 1],
  ['close', 8],
  ['reclaim', 6],
]

interface Known {
  readonly buffer: BufferName
  readonly kind: 'buffer' | 'dma-buf' | 'file'
  isMapped: boolean
  isExported: boolean
  seed: number | undefined
}

/**
 * `length` steps. What is fit for an operation is chosen by what earlier ones were meant to make; whether the kernel
 * made it is another matter. The content of a buffer is verified only against what was last written to it.
 */
export function randomProgram(seed: number, length: number, kinds: ProgramKinds): Step[] {
  const random = createRandom(seed)
  const maker = new ProgramMaker(random, kinds)
  const steps: Step[] = []
  while (steps.length < length) {
    const step = maker.next()
    if (step !== undefined) steps.push(step)
  }
  return steps
}

class ProgramMaker {
  readonly #random: Random
  readonly #kinds: readonly Kind[]
  readonly #known: Known[][] = Array.from({ length: ACTORS }, () => [])
  #names = 0

  constructor(random: Random, kinds: ProgramKinds) {
    this.#random = random
    this.#kinds = WEIGHTS.flatMap(([kind, weight]) =>
      kind === 'heap-allocate' && !kinds.heap ? [] : new Array<Kind>(weight).fill(kind),
    )
  }

  /** Undefined when what was drawn fits nothing. */
  next(): Step | undefined {
    const kind = this.#draw(this.#kinds)
    if (kind === undefined) return undefined
    if (kind === 'reclaim') return { reclaim: true }
    const actor = this.#random.integer(0, ACTORS - 1)
    const operation = this.#operation(kind, this.#known[actor] ?? [])
    return operation === undefined ? undefined : { actor, operation }
  }

  #operation(kind: Exclude<Kind, 'reclaim'>, known: Known[]): Operation | undefined {
    switch (kind) {
      case 'create':
      case 'heap-allocate':
      case 'open':
      case 'udmabuf':
        return known.length < LIVE ? this.#make(kind, known) : undefined
      case 'import':
        return this.#import(known)
      case 'close':
        return this.#close(known)
      default:
        return this.#use(kind, known)
    }
  }

  #make(op: 'create' | 'heap-allocate' | 'open' | 'udmabuf', known: Known[]): Operation {
    const sizeBytes = this.#random.pick(SIZES)
    if (op === 'open') return { op, buffer: this.#add(known, 'file') }
    if (op === 'udmabuf') return { op, buffer: this.#add(known, 'dma-buf'), sizeBytes }
    if (op === 'heap-allocate') return { op, buffer: this.#add(known, 'dma-buf'), heap: 'system', sizeBytes }
    const noexec = this.#random.integer(0, 1) === 0
    return { op, buffer: this.#add(known, 'buffer'), sizeBytes, noexec, ...this.#file(known) }
  }

  #import(known: Known[]): Operation | undefined {
    const from = this.#draw(known.filter((each) => each.kind === 'dma-buf' || each.isExported))
    if (from === undefined) return undefined
    const buffer = this.#add(known, 'buffer')
    const last = known.at(-1)
    if (last !== undefined) last.seed = from.seed
    return { op: 'import', buffer, from: from.buffer, ...this.#file(known) }
  }

  /** Sometimes in another open file. */
  #file(known: Known[]): { file?: BufferName } {
    const file = this.#draw(known.filter((each) => each.kind === 'file'))
    return file === undefined || this.#random.integer(0, 2) > 0 ? {} : { file: file.buffer }
  }

  #close(known: Known[]): Operation | undefined {
    const closed = this.#draw(known)
    if (closed === undefined) return undefined
    known.splice(known.indexOf(closed), 1)
    return { op: 'close', buffer: closed.buffer }
  }

  #use(op: Exclude<Kind, 'reclaim'>, known: Known[]): Operation | undefined {
    const usable = known.filter((each) => each.kind !== 'file')
    const target = this.#draw(op === 'map' ? usable.filter((each) => !each.isMapped) : usable)
    if (target === undefined) return undefined
    const { buffer } = target
    switch (op) {
      case 'map':
        target.isMapped = true
        return { op, buffer }
      case 'madvise':
        return target.kind === 'buffer' ? { op, buffer, advice: this.#random.pick(ADVICES) } : undefined
      case 'export':
        if (target.kind === 'buffer') target.isExported = true
        return target.kind === 'buffer' ? { op, buffer } : undefined
      default:
        return target.isMapped ? this.#access(op, target) : undefined
    }
  }

  #access(op: Operation['op'], target: Known): Operation | undefined {
    const { buffer } = target
    switch (op) {
      case 'unmap':
        target.isMapped = false
        return { op, buffer }
      case 'fill':
        target.seed = this.#random.integer(1, MOST_SEED)
        return { op, buffer, seed: target.seed }
      case 'verify':
        return { op, buffer, seed: target.seed ?? 1 }
      case 'zeroed':
      case 'touch':
        return { op, buffer }
      default:
        return undefined
    }
  }

  #add(known: Known[], kind: Known['kind']): BufferName {
    const buffer = this.#names++
    known.push({ buffer, kind, isMapped: false, isExported: false, seed: undefined })
    return buffer
  }

  #draw<T>(choices: readonly T[]): T | undefined {
    return choices.length === 0 ? undefined : choices[this.#random.integer(0, choices.length - 1)]
  }
}
