/** Watches that every actor which has something to do gives a sign of life, and looks closely at what hangs. */
import type { Board } from '../board/board.js'
import type { HangEvent } from '../events/stress-event.js'
import { KernelFileError } from '../observe/read.js'
import type { Cgroup } from '../pressure/cgroup/cgroup.js'
import type { Hang } from '../pressure/hang.js'
import type { Actor } from './actor.js'
import type { Recorder } from './recorder.js'

const PERIOD_MS = 1000
/** Who works gives signs more often than that, as a rule. */
const USUAL_SILENCE_MS = 2000

export interface HangWatch {
  readonly board: Board
  readonly recorder: Recorder
  readonly actors: () => readonly Actor[]
  /** The actors' cgroup: a pressure source may freeze it on purpose. */
  readonly workload: Cgroup | undefined
  readonly deadlineMs: number
  /** Called once for each actor that hangs, before that is told. */
  readonly onHang: (actor: Actor) => void
}

export function startHangWatch(watch: HangWatch): { stop(): Promise<void> } {
  const end = new AbortController()
  const watching = (async () => {
    while (!end.signal.aborted) {
      await look(watch)
      await watch.board.clock.sleep(PERIOD_MS, end.signal)
    }
  })()
  // A failure is looked at in stop(); without this it would end the process before.
  watching.catch(() => undefined)
  return {
    async stop() {
      end.abort()
      await watching
    },
  }
}

async function look({ board, recorder, actors, workload, deadlineMs, onHang }: HangWatch): Promise<void> {
  const now = board.clock.nowUs()
  const silent = actors().filter((actor) => actor.silentMs(now) > Math.min(USUAL_SILENCE_MS, deadlineMs))
  if (silent.length === 0) return
  // Long before the deadline: who was frozen for most of it and goes on now has not been silent for so long.
  if (await isFrozen(workload)) {
    for (const actor of silent) actor.excuse(now)
    return
  }
  for (const actor of silent.filter((each) => each.silentMs(now) > deadlineMs)) {
    const hang = await describeActor(board, actor)
    onHang(actor)
    recorder.emit(hang)
    actor.giveUp()
  }
}

async function isFrozen(workload: Cgroup | undefined): Promise<boolean> {
  try {
    return (await workload?.isFrozen()) ?? false
  } catch (error) {
    // Linux before 5.2 does not tell.
    if (error instanceof KernelFileError) return false
    throw error
  }
}

/** What it wrote down, and what the kernel tells of it. */
async function describeActor(board: Board, actor: Actor): Promise<HangEvent> {
  const { pid } = actor.task
  const { doing } = actor
  const seen = await inspect(board, pid)
  const t = board.clock.nowUs()
  return {
    type: 'hang',
    t,
    actor: actor.index,
    pid,
    silentMs: Math.round(actor.silentMs(t)),
    ...(doing !== undefined && { doing: `${doing.n} ${doing.operation.op}` }),
    ...seen,
  }
}

/** Something that a pressure source waits for. */
export async function describeHang(board: Board, hang: Hang): Promise<HangEvent> {
  const seen = hang.pid === undefined ? {} : await inspect(board, hang.pid)
  return { type: 'hang', t: board.clock.nowUs(), ...hang, ...seen }
}

/** What the kernel tells of a process: /proc/PID/{stat,wchan,stack}; the last one is for root. */
async function inspect(board: Board, pid: number): Promise<Pick<HangEvent, 'state' | 'wchan' | 'stack'>> {
  const read = async (name: string) => {
    const text = await board.files.read(`/proc/${pid}/${name}`)
    return typeof text === 'string' ? text.trim() : ''
  }
  const [stat, wchan, stack] = [await read('stat'), await read('wchan'), await read('stack')]
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  return {
    ...(state !== '' && { state }),
    ...(wchan !== '' && wchan !== '0' && { wchan }),
    ...(stack !== '' && { stack: stack.split('\n') }),
  }
}
