/**
 * Programs of operations in simulated time. Each thread has a time of its own; the one that is behind runs next, an
 * operation at a time, so that the same program interleaves in the same way each time. Durations are what the simulated
 * kernel's work costs (sim/costs.ts).
 */
import {
  PROGRAM_OP,
  PROGRAM_SLOTS,
  PROGRAM_THREADS,
  PROGRAM_WORDS,
  type ProgramCalls,
  type ProgramOp,
  type ProgramReport,
  type ProgramRequest,
} from '../backend/program-calls.js'
import { CpuTime } from '../sim/process/cpu-time.js'
import { TaskKilled } from '../sim/process/task-killed.js'
import { checkFd, checkInteger, checkUint32, checkUint32Array } from './arguments.js'
import type { CallsContext } from './calls-context.js'
import { FakeProgramThread, type ProgramGroups } from './fake-program-thread.js'
import { OpCounts } from './program-counts.js'

/** How far the threads run ahead before other processes get their turn: a tick of a kernel with 1000 Hz. */
const SLICE_NS = 1_000_000

const OPS = Object.entries(PROGRAM_OP) as [ProgramOp, number][]

export function fakeProgramCalls(context: CallsContext, groups: ProgramGroups): ProgramCalls {
  return {
    run(request) {
      check(request)
      const program = new FakeProgram(context, groups, { ...request, code: request.code.slice() })
      return { result: program.run(), stop: () => program.stop() }
    },
  }
}

class FakeProgram {
  readonly #context: CallsContext
  readonly #threads: readonly FakeProgramThread[]
  readonly #counts = new Map(OPS.map(([, op]) => [op, new OpCounts()]))
  readonly #beginNs: number
  #isStopped = false

  constructor(context: CallsContext, groups: ProgramGroups, request: ProgramRequest) {
    const { kernel, task } = context
    this.#context = context
    this.#beginNs = task.cpu.nowNs(kernel.nowNs())
    const place = { kernel, task, groups }
    this.#threads = Array.from({ length: request.threads }, () => {
      return new FakeProgramThread(place, request, new CpuTime(this.#beginNs), this.#counts)
    })
  }

  stop(): void {
    this.#isStopped = true
  }

  run(): Promise<ProgramReport> {
    return new Promise((resolve, reject) => {
      const slice = (nowNs: number): void => {
        try {
          const nextNs = this.#runUntil(nowNs + SLICE_NS)
          if (nextNs === undefined) resolve(this.#end())
          else this.#context.wake(nextNs, () => slice(Math.max(nextNs, this.#context.kernel.nowNs())))
        } catch (error) {
          // Threads end with their process, and nobody is left to be told.
          if (!(error instanceof TaskKilled))
            reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      this.#context.wake(this.#beginNs, () => slice(this.#beginNs))
    })
  }

  /** Until all threads are beyond that time: the first of them. Undefined when none has anything left to do. */
  #runUntil(limitNs: number): number | undefined {
    for (;;) {
      const thread = this.#behind()
      if (thread === undefined) return undefined
      const nowNs = thread.nowNs()
      if (nowNs >= limitNs) return nowNs
      thread.step()
    }
  }

  #behind(): FakeProgramThread | undefined {
    if (this.#isStopped) return undefined
    let behind: FakeProgramThread | undefined
    for (const thread of this.#threads)
      if (!thread.isDone && (behind === undefined || thread.nowNs() < behind.nowNs())) behind = thread
    return behind
  }

  #end(): ProgramReport {
    const endNs = Math.max(...this.#threads.map((thread) => thread.nowNs()))
    for (const thread of this.#threads) thread.end()
    const operations = OPS.flatMap(([name, op]) => {
      const counts = this.#counts.get(op)
      return counts === undefined || counts.count === 0 ? [] : [[name, counts.report()] as const]
    })
    return {
      operations: Object.fromEntries(operations),
      iterations: this.#threads.reduce((sum, { iterations }) => sum + iterations, 0),
      elapsedNs: Math.floor(endNs - this.#beginNs),
      stopped: this.#isStopped,
    }
  }
}

function check({ fd, heapFd, code, threads, iterations }: ProgramRequest): void {
  checkFd(fd)
  if (heapFd !== undefined) checkFd(heapFd)
  checkUint32Array('code', code)
  if (code.length % PROGRAM_WORDS !== 0) throw new TypeError('code must be whole operations of 4 words')
  for (let i = 0; i < code.length; i += PROGRAM_WORDS) {
    if (!OPS.some(([, op]) => op === code[i]))
      throw new TypeError('code must be made of the operations of PROGRAM_OP')
    if ((code[i + 1] ?? 0) >= PROGRAM_SLOTS) throw new TypeError('code must be made for slots from 0 to 4095')
  }
  checkUint32('iterations', iterations)
  checkInteger('threads', threads, 1, PROGRAM_THREADS)
}
