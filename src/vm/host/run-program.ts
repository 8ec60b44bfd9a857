/** Runs one program of the host to its end, and says what it said when it fails. */
import { execa } from 'execa'
import { VmError } from '../vm-error.js'
import { dyingWithUs } from './dying-with-us.js'
import { findProgram } from './programs.js'

export interface RunOptions {
  readonly cwd?: string
  readonly signal?: AbortSignal | undefined
  /** Called with each piece of what the program writes to file descriptor 3. */
  onStatus?(text: string): void
  /** Makes one line for the error of what a program that failed wrote to stdout; undefined: its last lines will do. */
  describeFailure?(stdout: string): string | undefined
}

/** Its stdout, as bytes. VmError `prepare` with the program's last lines, of stderr if it wrote any there; `interrupted` when the signal was aborted. */
export async function runProgram(
  name: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const [program = name, ...rest] = dyingWithUs([findProgram(name) ?? name, ...args])
  const running = execa(program, rest, {
    encoding: 'buffer',
    reject: false,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 512 * 1024 * 1024,
    // Messages are read and shown: they should be the same everywhere.
    env: { LC_ALL: 'C' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  })
  running.stdio[3].on('data', (piece: Buffer) => options.onStatus?.(piece.toString()))
  const result = await running
  if (options.signal?.aborted === true) throw new VmError('interrupted', `${name} was interrupted`)
  if (result.exitCode === 0) return Buffer.from(result.stdout)
  const stdout = textOf(result.stdout)
  const stderr = textOf(result.stderr)
  const said = options.describeFailure?.(stdout) ?? lastLines(stderr === '' ? stdout : stderr)
  const how =
    result.exitCode === undefined ? (result.signal ?? result.shortMessage) : `exit code ${result.exitCode}`
  throw new VmError('prepare', `${name} ${args[0] ?? ''} failed (${how}): ${said}`)
}

function lastLines(text: string): string {
  const lines = text.split('\n')
  // apt marks its errors, and goes on about their details.
  const marked = lines.filter((line) => line.startsWith('E: '))
  return (marked.length > 0 ? marked : lines).slice(-5).join('; ')
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().trim()
}
