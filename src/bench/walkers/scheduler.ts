/**
 * CPUs that run at once, and spinlocks between them, in simulated steps. The code of a CPU is a generator: what it does
 * between two yields happens at one moment; a yield spends steps, takes a lock or gives it back.
 */

export type Step =
  | { readonly op: 'spend'; readonly steps: number }
  | { readonly op: 'lock' | 'unlock'; readonly lock: SpinLock }

export type Steps<Result = void> = Generator<Step, Result, void>

export interface Scheduler {
  readonly nowSteps: number
  /** `startAt`: the step at which it begins. */
  spawn(body: Steps, startAt?: number): void
  /** Until all have come to their end. Throws on a deadlock. */
  run(): void
}

/** Waiters get it in the order in which they came, as with the kernel's queued spinlocks. */
export class SpinLock {
  holdSteps = 0
  waitSteps = 0
  acquisitions = 0
  /** @internal */ owner: Cpu | null = null
  /** @internal */ since = 0
  /** @internal */ readonly waiters: Cpu[] = []

  get isHeld(): boolean {
    return this.owner !== null
  }
}

interface Cpu {
  readonly body: Steps
  /** null while it waits for a lock. */
  readyAt: number | null
  /** When it began to wait. */
  waitsSince: number
}

export class EventScheduler implements Scheduler {
  nowSteps = 0
  readonly #cpus: Cpu[] = []

  spawn(body: Steps, startAt = this.nowSteps): void {
    this.#cpus.push({ body, readyAt: startAt, waitsSince: 0 })
  }

  run(): void {
    while (this.#cpus.length > 0) {
      const cpu = this.#next()
      this.nowSteps = cpu.readyAt ?? this.nowSteps
      const { done, value: step } = cpu.body.next()
      if (done) this.#cpus.splice(this.#cpus.indexOf(cpu), 1)
      else if (step.op === 'spend') cpu.readyAt = this.nowSteps + step.steps
      else if (step.op === 'lock') this.#lock(cpu, step.lock)
      else this.#unlock(cpu, step.lock)
    }
  }

  /** The earliest; of several the one that was spawned first. */
  #next(): Cpu {
    let best: Cpu | undefined
    for (const cpu of this.#cpus)
      if (cpu.readyAt !== null && (best?.readyAt == null || cpu.readyAt < best.readyAt)) best = cpu
    if (best === undefined) throw new Error('deadlock: every CPU waits for a lock')
    return best
  }

  #lock(cpu: Cpu, lock: SpinLock): void {
    cpu.waitsSince = this.nowSteps
    if (lock.owner === null) {
      this.#grant(cpu, lock)
      return
    }
    if (lock.owner === cpu) throw new Error('a CPU took a spinlock that it holds')
    cpu.readyAt = null
    lock.waiters.push(cpu)
  }

  #unlock(cpu: Cpu, lock: SpinLock): void {
    if (lock.owner !== cpu) throw new Error('a spinlock was given back by a CPU that does not hold it')
    lock.holdSteps += this.nowSteps - lock.since
    lock.owner = null
    const next = lock.waiters.shift()
    if (next !== undefined) this.#grant(next, lock)
  }

  #grant(cpu: Cpu, lock: SpinLock): void {
    lock.owner = cpu
    lock.since = this.nowSteps
    lock.acquisitions++
    lock.waitSteps += this.nowSteps - cpu.waitsSince
    cpu.readyAt = this.nowSteps
  }
}

export function spend(steps: number): Step {
  return { op: 'spend', steps }
}
