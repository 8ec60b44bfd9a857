/** Runs the kernel's make and follows what it does. */
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { findProgram } from '../host/programs.js'
import { VmError } from '../vm-error.js'

const LAST_LINES = 15
/** Lines with which make tells of one step: `  CC      mm/vmscan.o`. */
const STEP = /^ {2}[A-Z][A-Z0-9_]+ +\S/
/** At this one make ends its own children, and removes what they left half made. */
const END_SIGNAL = 'SIGTERM'

export interface MakeRun {
  readonly args: readonly string[]
  readonly signal: AbortSignal
  /** The number of steps so far and the last one. */
  readonly onStep?: (steps: number, line: string) => void
}

/** The number of steps. VmError `prepare` with the last lines; the signal's own reason when that was aborted. */
export async function runMake({ args, signal, onStep }: MakeRun): Promise<number> {
  signal.throwIfAborted()
  const setpriv = findProgram('setpriv')
  const command = [findProgram('make') ?? 'make', ...args]
  const [program = '', ...rest] =
    setpriv === undefined
      ? command
      : [setpriv, '--pdeathsig', END_SIGNAL.slice('SIG'.length), '--', ...command]
  const running = execa(program, rest, {
    reject: false,
    buffer: false,
    all: true,
    stdin: 'ignore',
    env: { LC_ALL: 'C' },
    // A process group of its own, so that all of it can be ended.
    detached: true,
  })
  const end = () => endGroup(running.pid)
  signal.addEventListener('abort', end)
  let steps = 0
  const last: string[] = []
  for await (const line of createInterface({ input: running.all })) {
    last.push(line)
    if (last.length > LAST_LINES) last.shift()
    if (STEP.test(line)) onStep?.(++steps, line.trim().replace(/ +/, ' '))
  }
  const { exitCode } = await running
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  if (exitCode === 0) return steps
  const told = last.filter((line) => !STEP.test(line)).join('; ')
  throw new VmError('prepare', `make failed (${exitCode ?? 'killed'}): ${told}`)
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, END_SIGNAL)
  } catch {
    // all of it has ended
  }
}
