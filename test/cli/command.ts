/** Runs the compiled command as a user would. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CommandResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Sends `signal` once stderr matches. */
  readonly interruptWhen?: RegExp
  /** SIGINT unless told. */
  readonly signal?: NodeJS.Signals
  /** A module that is imported before. */
  readonly preload?: URL
  /** This stream goes to a disk that is full. */
  readonly full?: 'stdout' | 'stderr'
  /** Stops to read stdout after its first bytes, as head does. */
  readonly stopsReading?: boolean
}

export async function gemrig(
  args: readonly string[],
  { interruptWhen, signal = 'SIGINT', preload, full, stopsReading }: CommandOptions = {},
): Promise<CommandResult> {
  const imports = preload === undefined ? [] : ['--import', preload.href]
  const device = full === undefined ? undefined : openSync('/dev/full', 'w')
  const streamOf = (name: typeof full) => (name === full ? device : 'pipe')
  const child = spawn(process.execPath, [...imports, MAIN, ...args], {
    stdio: ['ignore', streamOf('stdout'), streamOf('stderr')],
    env: { ...process.env, GEMRIG_BACKEND: 'fake' },
  })
  if (device !== undefined) closeSync(device)
  if (stopsReading) child.stdout?.once('data', () => child.stdout?.destroy())
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  if (interruptWhen !== undefined) {
    let seen = ''
    const look = (chunk: Buffer) => {
      seen += chunk.toString()
      if (!interruptWhen.test(seen)) return
      child.stderr?.off('data', look)
      child.kill(signal)
    }
    child.stderr?.on('data', look)
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, stdout: await stdout, stderr: await stderr }
}

/** Empty of a stream that is no pipe, or is not read to its end. */
async function textOf(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream).catch(() => '')
}
