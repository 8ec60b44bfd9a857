import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoCache, LEAST_BUFFERS } from '../../src/workload/bo-cache.js'
import type { Operation, OperationOutcome, Program } from '../../src/workload/operation.js'
import { createRandom } from '../../src/workload/random.js'

const LIFE_US = 2_000_000

interface ModelBuffer {
  readonly sizeBytes: number
  state: 'needed' | 'not-needed' | 'purged'
  isMapped: boolean
  seed?: number
  putAtUs: number
  /** Taken back with its pages, and not verified yet. */
  mustVerify: boolean
  /** Purged: what has been seen of it. */
  answers: number
  wasTouched: boolean
}

interface Chances {
  /** Of 100: that a DONTNEED buffer is purged before an operation; that create or map finds no memory. */
  readonly purge: number
  readonly noMemory: number
  /** A purged buffer cannot be mapped: that would need pages. */
  readonly purgedCannotMap?: boolean
  /** How far the clock goes with each operation. */
  readonly stepUs: number
}

/** A kernel that purges and refuses at random, and checks every rule of the program that runs on it. */
class ModelKernel {
  readonly buffers = new Map<number, ModelBuffer>()
  readonly chances: Chances
  readonly most: number
  readonly #random: ReturnType<typeof createRandom>
  nowUs = 0
  counts = { purged: 0, retained: 0, refusals: 0, confirmed: 0 }
  #created = 0
  #lastPutUs = 0

  constructor(seed: number, chances: Chances, most: number) {
    this.#random = createRandom(seed, 99)
    this.chances = chances
    this.most = most
  }

  run(program: Program): Operation[] {
    const operations: Operation[] = []
    let step = program.next()
    while (!step.done) {
      operations.push(step.value)
      step = program.next(this.#perform(step.value))
    }
    return operations
  }

  /** What must hold when a frame is over. */
  checkCache(): void {
    for (const buffer of this.buffers.values()) {
      if (buffer.state === 'needed') expect(buffer.isMapped && !buffer.mustVerify).toBe(true)
      else if (buffer.state === 'not-needed') {
        expect(buffer.isMapped).toBe(false)
        expect(buffer.putAtUs).toBeGreaterThanOrEqual(this.#lastPutUs - LIFE_US)
      }
    }
  }

  #happens(percent: number): boolean {
    return this.#random.integer(0, 99) < percent
  }

  #findsNoMemory({ op, buffer }: Operation): boolean {
    if (op !== 'create' && op !== 'map') return false
    const isPurged = this.buffers.get(buffer)?.state === 'purged'
    return (isPurged && this.chances.purgedCannotMap === true) || this.#happens(this.chances.noMemory)
  }

  #perform(operation: Operation): OperationOutcome {
    this.nowUs += this.chances.stepUs
    for (const buffer of this.buffers.values()) {
      if (buffer.state === 'not-needed' && this.#happens(this.chances.purge)) buffer.state = 'purged'
    }
    if (this.#findsNoMemory(operation)) {
      this.counts.refusals++
      return { result: 'refused', code: 'ENOMEM', request: operation.op }
    }
    if (operation.op === 'create') return this.#create(operation)
    if (operation.op === 'export') throw new Error('this workload exports nothing')
    const buffer = this.buffers.get(operation.buffer)
    if (buffer === undefined) throw new Error(`${operation.op} of ${operation.buffer}, which is not there`)
    return this.#act(operation, buffer)
  }

  #create({ buffer, sizeBytes }: Extract<Operation, { op: 'create' }>): OperationOutcome {
    expect(buffer).toBeGreaterThanOrEqual(this.#created)
    this.#created = buffer + 1
    const fresh = { putAtUs: 0, mustVerify: false, answers: 0, wasTouched: false }
    this.buffers.set(buffer, { sizeBytes, state: 'needed', isMapped: false, ...fresh })
    expect(this.buffers.size).toBeLessThanOrEqual(this.most)
    return { result: 'ok' }
  }

  #act(operation: Exclude<Operation, { op: 'create' | 'export' }>, buffer: ModelBuffer): OperationOutcome {
    switch (operation.op) {
      case 'map':
        expect(buffer.isMapped).toBe(false)
        expect(buffer.state).not.toBe('not-needed')
        buffer.isMapped = true
        return { result: 'ok' }
      case 'unmap':
        expect(buffer.isMapped).toBe(true)
        buffer.isMapped = false
        return { result: 'ok' }
      case 'fill':
        expect([buffer.isMapped, buffer.state, buffer.mustVerify]).toEqual([true, 'needed', false])
        buffer.seed = operation.seed
        return { result: 'ok' }
      case 'verify':
        expect([buffer.isMapped, buffer.state, buffer.seed]).toEqual([true, 'needed', operation.seed])
        buffer.mustVerify = false
        return { result: 'intact' }
      case 'touch':
        expect([buffer.isMapped, buffer.state]).toEqual([true, 'purged'])
        buffer.wasTouched = true
        this.counts.confirmed++
        return { result: 'sigbus' }
      case 'madvise':
        return this.#madvise(operation.advice, buffer)
      case 'close':
        return this.#close(operation.buffer, buffer)
      default:
        throw new Error(`the cache has no use for ${operation.op}`)
    }
  }

  #madvise(advice: 'willneed' | 'dontneed', buffer: ModelBuffer): OperationOutcome {
    if (advice === 'dontneed') {
      expect([buffer.isMapped, buffer.state, buffer.mustVerify]).toEqual([false, 'needed', false])
      Object.assign(buffer, { state: 'not-needed', putAtUs: this.nowUs })
      this.#lastPutUs = this.nowUs
      return { result: 'retained' }
    }
    if (buffer.state === 'purged') {
      if (buffer.answers++ === 0) this.counts.purged++
      return { result: 'purged' }
    }
    expect(buffer.state).toBe('not-needed')
    buffer.state = 'needed'
    buffer.mustVerify = true
    this.counts.retained++
    return { result: 'retained' }
  }

  #close(name: number, buffer: ModelBuffer): OperationOutcome {
    expect(buffer.isMapped).toBe(false)
    // Every DONTNEED is answered first; what was purged has answered twice and raised SIGBUS, unless memory is short.
    expect(buffer.state).not.toBe('not-needed')
    if (this.chances.noMemory === 0 && this.chances.purgedCannotMap !== true) {
      expect(buffer.mustVerify).toBe(false)
      if (buffer.state === 'purged') expect([buffer.answers, buffer.wasTouched]).toEqual([2, true])
    }
    this.buffers.delete(name)
    return { result: 'ok' }
  }
}

function setUp(seed: number, chances: Partial<Chances> = {}, buffers = 32) {
  const kernel = new ModelKernel(seed, { purge: 0, noMemory: 0, stepUs: 10, ...chances }, buffers)
  let names = 0
  const cache = new BoCache({
    random: createRandom(seed),
    now: () => kernel.nowUs,
    buffers,
    processors: 4,
    name: () => names++,
  })
  return { kernel, cache }
}

const advised = (operations: readonly Operation[], advice: string) =>
  operations.flatMap((each) => (each.op === 'madvise' && each.advice === advice ? [each.buffer] : []))

test('keeps its rules on a kernel that purges and refuses at random', () => {
  const all = { purged: 0, retained: 0, refusals: 0, confirmed: 0 }
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(0, 1, 5, 50),
      fc.constantFrom(0, 0, 5, 50),
      fc.constantFrom(1, 1000, 100_000),
      fc.integer({ min: LEAST_BUFFERS, max: 80 }),
      fc.array(fc.constantFrom('frame', 'frame', 'frame', 'drain'), { maxLength: 12 }),
      (seed, purge, noMemory, stepUs, buffers, parts) => {
        const { kernel, cache } = setUp(seed, { purge, noMemory, stepUs }, buffers)
        for (const part of parts) {
          kernel.run(part === 'frame' ? cache.frame() : cache.drain())
          if (part === 'frame') kernel.checkCache()
          else expect([...kernel.buffers.values()].filter(({ state }) => state === 'not-needed')).toEqual([])
        }
        kernel.run(cache.finish())
        expect(kernel.buffers.size).toBe(0)
        for (const key of ['purged', 'retained', 'refusals', 'confirmed'] as const)
          all[key] += kernel.counts[key]
      },
    ),
    { numRuns: 300 },
  )
  // Otherwise the rules were not put to the test.
  for (const count of Object.values(all)) expect(count).toBeGreaterThan(100)
})

describe('a frame', () => {
  test('gives what it used to the kernel at its end, and keeps a quarter in use', () => {
    const { kernel, cache } = setUp(1)
    for (let frame = 0; frame < 20; frame++) kernel.run(cache.frame())
    const needed = [...kernel.buffers.values()].filter(({ state }) => state === 'needed')
    expect(needed).toHaveLength(8)
    expect(kernel.buffers.size).toBeGreaterThan(16)
  })

  test('takes retained buffers back before it creates any that fit', () => {
    const { kernel, cache } = setUp(1)
    for (let frame = 0; frame < 10; frame++) kernel.run(cache.frame())
    const creates = kernel.run(cache.frame()).filter(({ op }) => op === 'create').length
    expect(kernel.counts.retained).toBeGreaterThan(creates)
  })

  test('counts purged buffers that are not closed yet, as they could not be mapped', () => {
    const { kernel, cache } = setUp(2, { purge: 30, purgedCannotMap: true })
    for (let frame = 0; frame < 20; frame++) kernel.run(cache.frame())
    expect(kernel.counts.refusals).toBeGreaterThan(20)
    expect(kernel.buffers.size).toBe(32)
    kernel.run(cache.finish())
    expect(kernel.buffers.size).toBe(0)
  })

  test('on a kernel without memory ends, and leaves nothing', () => {
    const { kernel, cache } = setUp(3, { noMemory: 100 })
    kernel.run(cache.frame())
    kernel.run(cache.finish())
    expect(kernel.buffers.size).toBe(0)
    expect(kernel.counts.refusals).toBeGreaterThan(0)
  })
})

describe('the two seconds of a cached buffer', () => {
  test('end when another one is put, and not before', () => {
    const { kernel, cache } = setUp(5)
    const given = new Set(advised(kernel.run(cache.frame()), 'dontneed'))
    while (given.size < 4) advised(kernel.run(cache.frame()), 'dontneed').forEach((each) => given.add(each))
    kernel.nowUs += 10 * LIFE_US
    const cachedBefore = [...kernel.buffers]
      .filter(([, { state }]) => state === 'not-needed')
      .map(([name]) => name)
    expect(cachedBefore.length).toBeGreaterThan(0)
    let operations: Operation[] = []
    while (advised(operations, 'dontneed').length === 0) operations = kernel.run(cache.frame())
    const answered = advised(operations, 'willneed')
    for (const name of cachedBefore) expect(answered).toContain(name)
    const firstPut = operations.findIndex((each) => each.op === 'madvise' && each.advice === 'dontneed')
    const closed = operations.flatMap((each, index) => (each.op === 'close' ? [index] : []))
    expect(closed.length).toBeGreaterThan(0)
    for (const index of closed) expect(index).toBeGreaterThan(firstPut)
  })

  test('are not looked at by drain, which takes back all', () => {
    const { kernel, cache } = setUp(5)
    for (let frame = 0; frame < 5; frame++) kernel.run(cache.frame())
    const cached = [...kernel.buffers].filter(([, { state }]) => state === 'not-needed').map(([name]) => name)
    kernel.nowUs += 10 * LIFE_US
    expect(advised(kernel.run(cache.drain()), 'willneed')).toEqual(expect.arrayContaining(cached))
  })
})

test('the same seed gives the same program, another one another', () => {
  const program = (seed: number) => {
    const { kernel, cache } = setUp(seed)
    return JSON.stringify([1, 2, 3].map(() => kernel.run(cache.frame())))
  }
  expect(program(1)).toBe(program(1))
  expect(program(1)).not.toBe(program(2))
})

describe('random numbers', () => {
  test('streams of a seed differ from each other, and so do neighbouring seeds', () => {
    const draw = (seed: number, stream: number) => {
      const random = createRandom(seed, stream)
      return Array.from({ length: 8 }, () => random.integer(0, 1e9)).join()
    }
    const all = [0, 1, 2, 3].flatMap((seed) => [0, 1, 2, 3].map((stream) => draw(seed, stream)))
    expect(new Set(all).size).toBe(all.length)
    expect(draw(2 ** 32 - 1, 0)).toBe(draw(2 ** 32 - 1, 0))
  })
  test('integer() keeps to its bounds, both included; pick() gives all of its choices', () => {
    const random = createRandom(1)
    const drawn = new Set(Array.from({ length: 200 }, () => random.integer(3, 5)))
    expect([...drawn].sort()).toEqual([3, 4, 5])
    expect(new Set(Array.from({ length: 200 }, () => random.pick(['a', 'b', 'c'])))).toEqual(
      new Set(['a', 'b', 'c']),
    )
  })
})
