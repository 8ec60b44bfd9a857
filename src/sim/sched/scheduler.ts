/**
 * Steps kernel paths on several CPUs: at each operation that a path yields, the seed decides who goes on. Checks while
 * it does what lockdep, KASAN and the deadlock watcher of a debug kernel check. The same seed gives the same run.
 */
import type { Kernel } from '../kernel.js'
import { ALLOCATION } from './allocation.js'
import { Lock, type Freeable } from './lock.js'
import { Lockdep } from './lockdep.js'
import { Op, setStepping, TAKEN, type Path } from './path.js'
import { Random } from './random.js'
import { PctStrategy, RandomStrategy, type Strategy, type StrategyName } from './strategy.js'
import { Thread } from './thread.js'
import { Trace, type StoryLine } from './trace.js'
import { KernelViolation } from './violation.js'
import { WaitQueue } from './wait-queue.js'

export interface SchedulerOptions {
  readonly seed: number
  /** 2 unless said otherwise. */
  readonly cpus?: number
  readonly strategy?: StrategyName
  /** One in so many sleeping allocations reclaims first; 0: none. 4 unless said otherwise. */
  readonly reclaimOneIn?: number
  /** One in so many sleeping allocations fails; 0, unless said otherwise: none. */
  readonly failOneIn?: number
  /** Off: a wrong order of locks is found only when it deadlocks. */
  readonly lockdep?: boolean
  /** A run of more steps hangs. */
  readonly maxSteps?: number
  /** How many calls (`doing`) a thread makes at most, by its name; it is gone when it would begin another. */
  readonly mostCalls?: (thread: string) => number
  /** Runs when all threads are through: throws KernelViolation when the machine is not as it must be. */
  readonly whenQuiet?: () => void
}

/** A call that a thread made, as the story calls it. */
export interface ThreadCall {
  readonly thread: string
  readonly call: string
}

export interface RunResult {
  readonly steps: number
  /** Steps that were operations on locks. */
  readonly lockPoints: number
  readonly violation: KernelViolation | null
  readonly traceHash: string
  readonly story: readonly StoryLine[]
  /** In the order in which they began. */
  readonly calls: readonly ThreadCall[]
}

/** What a thread yields that goes no further; nobody performs it. */
class EndOfThread extends Op {
  readonly name = 'the end'

  constructor() {
    super('wait')
  }

  perform(): never {
    throw new Error('a thread ends only where somebody steps it')
  }
}

const END_OF_THREAD = new EndOfThread()

export class Scheduler {
  readonly #kernel: Kernel
  readonly #random: Random
  readonly #options: SchedulerOptions
  readonly #threads: Thread[] = []
  readonly #lockdep: Lockdep | null
  readonly #trace = new Trace()
  readonly #freed = new Map<Freeable, string>()
  readonly #calls: ThreadCall[] = []
  #current: Thread | null = null
  #steps = 0
  #lockPoints = 0
  #stamps = 0

  constructor(kernel: Kernel, options: SchedulerOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#random = new Random(options.seed)
    this.#lockdep = options.lockdep === false ? null : new Lockdep()
  }

  /** Random numbers for the programs of the threads: a part of the run. */
  get random(): Random {
    return this.#random
  }

  spawn(name: string, program: () => Path<void>): void {
    this.#threads.push(new Thread(this.#threads.length + 1, name, program()))
  }

  /** The thread begins a path, as the story calls it. */
  *doing<T>(what: string, path: Path<T>): Path<T> {
    const thread = this.#thread()
    if (thread.calls === (this.#options.mostCalls?.(thread.name) ?? Infinity)) yield END_OF_THREAD
    thread.calls++
    thread.doing = what
    this.#calls.push({ thread: thread.name, call: what })
    const result = yield* path
    const [held] = thread.held
    if (held !== undefined)
      throw new KernelViolation('lock-balance', `${thread.name} leaves ${what} and holds ${held.name}`)
    return result
  }

  /** Something worth telling happened, as in note('purges', bo). */
  note(text: string, about: Freeable | null = null): void {
    if (this.#current !== null) this.#trace.note(this.#steps, this.#current, text, about)
  }

  /** The object's memory goes back to the allocator. Its isFreed is true from here on. */
  freed(object: Freeable): void {
    this.note('frees', object)
    const thread = this.#thread()
    this.#freed.set(object, `${thread.name} (${thread.doing}) freed it at step ${this.#steps}`)
  }

  run(): RunResult {
    const { seed, cpus = 2, strategy = 'random' } = this.#options
    this.#kernel.stepper = this
    const before = setStepping(true)
    let violation: KernelViolation | null = null
    try {
      for (const thread of this.#threads) this.#advance(thread)
      const chosen: Strategy =
        strategy === 'pct'
          ? new PctStrategy(this.#random, cpus, this.#threads)
          : new RandomStrategy(this.#random, cpus)
      this.#loop(chosen)
      this.#options.whenQuiet?.()
    } catch (error) {
      if (!(error instanceof KernelViolation)) {
        const at = `seed ${seed}, step ${this.#steps}`
        throw new Error(`the stepped run broke (${at})`, { cause: error })
      }
      violation = error
    } finally {
      this.#kernel.stepper = null
      setStepping(before)
      this.#current = null
    }
    return {
      steps: this.#steps,
      lockPoints: this.#lockPoints,
      violation,
      traceHash: this.#trace.hash,
      story: violation === null ? [] : this.#trace.lines(),
      calls: this.#calls,
    }
  }

  #loop(strategy: Strategy): void {
    const { maxSteps = 20_000 } = this.#options
    for (;;) {
      const thread = strategy.pick(this.#threads, this.#steps)
      if (thread === null) break
      if (++this.#steps > maxSteps) throw new KernelViolation('hang', `no end after ${maxSteps} steps`)
      this.#current = thread
      if (this.#perform(thread)) this.#advance(thread)
    }
    const stuck = this.#threads.filter(({ state }) => state !== 'done')
    if (stuck.length === 0) return
    const waits = stuck.map(
      ({ name, sleepsOn, waitsFor }) => `${name} for ${(sleepsOn ?? waitsFor)?.name ?? ''}`,
    )
    throw new KernelViolation('hang', `nobody can go on: ${waits.join(', ')}`)
  }

  /** Runs the thread up to its next operation. */
  #advance(thread: Thread): void {
    this.#current = thread
    const step = thread.path.next(thread.answer)
    if (step.done === true || step.value === END_OF_THREAD) {
      thread.state = 'done'
      return
    }
    thread.op = step.value
    thread.kind = step.value.kind
    thread.where = step.value.where
    if (step.value instanceof WaitQueue) thread.condition = step.value.condition
  }

  /** Does what the thread is about to do. False: it has to wait, and does it again later. */
  #perform(thread: Thread): boolean {
    const { op } = thread
    if (op instanceof Lock) {
      this.#lockPoints++
      if (op.of?.isFreed === true)
        this.#useAfterFree(op.of, `${thread.kind} of ${op.name} in ${thread.where}`)
      return thread.kind === 'unlock' ? this.#unlock(thread, op) : this.#acquire(thread, op)
    }
    if (op instanceof WaitQueue) {
      if (thread.kind === 'wait') return this.#sleep(thread, op)
      this.#wake(op)
      this.#trace.step(this.#steps, thread, op, 'done')
      return true
    }
    if (op !== null) this.#memory(thread)
    return true
  }

  #acquire(thread: Thread, lock: Lock): boolean {
    const waits = thread.kind !== 'trylock'
    if (waits && thread.waitsFor === null) {
      if (lock.type !== 'spinlock') this.#mustBeAbleToSleep(thread)
      if (lock.owner === thread)
        throw new KernelViolation('deadlock', `${thread.name} waits for ${lock.name}, which it holds itself`)
      this.#lockdep?.acquire(thread, lock, thread.kind === 'lock-ww')
    }
    if (lock.owner === null) {
      lock.owner = thread
      lock.takenAt = thread.where
      thread.held.push(lock)
      thread.waitsFor = null
      if (lock.type === 'spinlock') thread.spinlocks++
      if (thread.kind === 'lock-ww' && thread.stamp === 0) thread.stamp = ++this.#stamps
      thread.answer = TAKEN
      this.#trace.step(this.#steps, thread, lock, 'done')
      return true
    }
    if (!waits || (thread.kind === 'lock-ww' && this.#mustBackOff(thread, lock.owner))) {
      thread.answer = 0
      thread.waitsFor = null
      this.#trace.step(this.#steps, thread, lock, 'refused')
      return true
    }
    thread.state = 'waits-for-lock'
    thread.waitsFor = lock
    this.#trace.step(this.#steps, thread, lock, 'blocked')
    this.#findCycle(thread)
    return false
  }

  /** Wait-die: the younger transaction gives way. */
  #mustBackOff(thread: Thread, owner: Thread): boolean {
    return thread.stamp > 0 && owner.stamp > 0 && thread.stamp > owner.stamp
  }

  #unlock(thread: Thread, lock: Lock): boolean {
    if (lock.owner !== thread) {
      const owner = lock.owner === null ? 'nobody holds' : `${lock.owner.name} holds`
      throw new KernelViolation('lock-balance', `${thread.name} gives back ${lock.name}, which ${owner}`)
    }
    if (lock.type === 'ww_mutex') lock.of?.checkLocked?.()
    lock.owner = null
    if (thread.held[thread.held.length - 1] === lock) thread.held.pop()
    else thread.held.splice(thread.held.indexOf(lock), 1)
    if (lock.type === 'spinlock') thread.spinlocks--
    if (lock.type === 'ww_mutex' && !thread.held.some(({ type }) => type === 'ww_mutex')) thread.stamp = 0
    for (const other of this.#threads) {
      if (other.waitsFor === lock && other.state === 'waits-for-lock') other.state = 'runnable'
    }
    thread.answer = 0
    this.#trace.step(this.#steps, thread, lock, 'done')
    return true
  }

  #sleep(thread: Thread, queue: WaitQueue): boolean {
    this.#mustBeAbleToSleep(thread)
    const goesOn = thread.condition()
    if (!goesOn) {
      thread.state = 'sleeps'
      thread.sleepsOn = queue
    }
    this.#trace.step(this.#steps, thread, queue, goesOn ? 'done' : 'blocked')
    return goesOn
  }

  #wake(queue: WaitQueue): void {
    for (const thread of this.#threads) {
      if (thread.sleepsOn !== queue) continue
      thread.sleepsOn = null
      thread.state = 'runnable'
    }
  }

  #memory(thread: Thread): void {
    const { op, kind } = thread
    if (op === null) return
    thread.answer = ALLOCATION.ready
    if (kind === 'leave-reclaim') thread.inReclaim = false
    else {
      this.#mustBeAbleToSleep(thread)
      this.#lockdep?.acquireReclaim(thread)
    }
    if (kind === 'enter-reclaim') thread.inReclaim = true
    if (kind === 'allocate' && !thread.inReclaim) thread.answer = this.#drawAllocation()
    const { answer } = thread
    const result = answer === ALLOCATION.fails ? 'refused' : answer === ALLOCATION.ready ? 'done' : 'blocked'
    this.#trace.step(this.#steps, thread, op, result)
  }

  #drawAllocation(): number {
    const { reclaimOneIn = 4, failOneIn = 0 } = this.#options
    if (this.#random.chance(failOneIn)) return ALLOCATION.fails
    return this.#random.chance(reclaimOneIn) ? ALLOCATION.reclaimFirst : ALLOCATION.ready
  }

  #mustBeAbleToSleep(thread: Thread): void {
    if (thread.spinlocks === 0) return
    const spinlock = thread.held.find(({ type }) => type === 'spinlock')
    const what = `${thread.name} may sleep in ${thread.where} while it holds ${spinlock?.name ?? ''}`
    throw new KernelViolation(
      'sleep-in-atomic',
      `BUG: sleeping function called from invalid context: ${what}`,
    )
  }

  #findCycle(thread: Thread): void {
    const links: string[] = []
    for (let at: Thread = thread; ;) {
      const lock: Lock | null = at.waitsFor
      const owner: Thread | null = lock?.owner ?? null
      if (lock === null || owner === null) return
      links.push(`${at.name} waits for ${lock.name}, which ${owner.name} took in ${lock.takenAt}`)
      if (owner === thread) break
      if (links.length > this.#threads.length) return
      at = owner
    }
    throw new KernelViolation('deadlock', `deadlock: ${links.join('; ')}`)
  }

  #useAfterFree(object: Freeable, what: string): never {
    const by = this.#freed.get(object) ?? 'it was freed before'
    throw new KernelViolation('use-after-free', `use after free: ${what}; ${by}`)
  }

  /** A path is going to use the object. */
  use(object: Freeable, where: string): void {
    if (object.isFreed) this.#useAfterFree(object, `${object.label} in ${where}`)
  }

  #thread(): Thread {
    if (this.#current === null) throw new Error('no thread is being stepped')
    return this.#current
  }
}
