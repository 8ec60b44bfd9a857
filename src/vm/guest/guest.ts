/** A guest that runs: QEMU and the channels to what is inside. Says what happens to it, decides nothing. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { createInterface } from 'node:readline'
import { CHANNELS, FIRST_CHANNEL_FD, type Channel } from '../machine/qemu-command.js'
import { ConsoleLog } from './console-log.js'
import { EndMarkFilter } from './end-mark.js'

export interface GuestStreams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly stdin?: NodeJS.ReadableStream | undefined
}

/** How long output may still be under way when QEMU has ended. */
const DRAIN_MS = 1000

export class Guest {
  /** Resolves when the command is about to start, with the guest's uptime in seconds. */
  readonly ready: Promise<number>
  /** Resolves with the command's exit status when all its output has been passed on. */
  readonly exited: Promise<number>
  /** Resolves when the guest's init says that it cannot go on, with its reason. */
  readonly failed: Promise<string>
  /** Resolves when QEMU is gone and its channels are read to their ends. */
  readonly gone: Promise<void>
  readonly console: ConsoleLog

  readonly #qemu: ChildProcess
  readonly #control: Duplex
  #qemuSaid = ''

  constructor(command: readonly string[], endMark: string, consoleFile: string, streams: GuestStreams) {
    const [program = '', ...args] = command
    // In a session of its own: Ctrl-C in the terminal is for us to handle, QEMU would just switch the guest off.
    this.#qemu = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...CHANNELS.map(() => 'pipe' as const)],
      detached: true,
    })
    const channel = (name: Channel) => this.#qemu.stdio[FIRST_CHANNEL_FD + CHANNELS.indexOf(name)] as Duplex
    for (const name of CHANNELS) channel(name).on('error', () => undefined) // QEMU went: `gone` tells it
    for (const output of [this.#qemu.stdout, this.#qemu.stderr])
      output?.on(
        'data',
        (piece: Buffer) => (this.#qemuSaid = (this.#qemuSaid + piece.toString()).slice(-4000)),
      )

    this.console = new ConsoleLog(consoleFile)
    this.console.attach(channel('console'))
    const stdout = passOn(channel('stdout'), streams.stdout, endMark)
    const stderr = passOn(channel('stderr'), streams.stderr, endMark)
    forward(streams.stdin, channel('stdin'))
    this.#control = channel('control')
    this.#control.write('hello\n')

    const words = createInterface({ input: this.#control })
    words.on('error', () => undefined) // as above: it repeats its input's
    const told = (word: string) =>
      new Promise<string>((resolve) => {
        words.on('line', (line) => {
          if (line === word || line.startsWith(`${word} `)) resolve(line.slice(word.length + 1))
        })
      })
    this.ready = told('ready').then(Number)
    this.failed = told('failed')
    this.exited = told('exit').then(async (code) => {
      await Promise.all([stdout.ended, stderr.ended])
      return Number(code)
    })
    this.gone = this.#gone()
  }

  /** What QEMU itself said, for error messages. */
  get qemuMessages(): string {
    return this.#qemuSaid.trim()
  }

  /** Sends SIGINT to the command in the guest. */
  interrupt(): void {
    this.#control.write('interrupt\n')
  }

  /** Lets the guest power itself off, or ends QEMU when it has not done so in `graceMs`. Resolves when it is gone. */
  async end(graceMs: number): Promise<void> {
    this.#control.write('bye\n')
    const timer = setTimeout(() => this.#qemu.kill('SIGKILL'), graceMs)
    await this.gone
    clearTimeout(timer)
  }

  async #gone(): Promise<void> {
    const ended = once(this.#qemu, 'exit').catch((error: unknown) => {
      this.#qemuSaid += String(error)
    })
    const closed = once(this.#qemu, 'close').catch(() => undefined)
    await ended
    const enough = new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())
    await Promise.race([closed, enough])
    for (const stream of this.#qemu.stdio) stream?.destroy()
  }
}

/** Passes output on; when nobody wants it any more (a closed pipe), it is read and dropped, so that the guest goes on. */
function passOn(from: Duplex, to: NodeJS.WritableStream, endMark: string): EndMarkFilter {
  const filter = new EndMarkFilter(endMark)
  const drop = () => {
    filter.unpipe(to)
    filter.resume()
  }
  to.once('error', drop)
  void filter.ended.then(() => to.removeListener('error', drop))
  from.pipe(filter).pipe(to, { end: false })
  return filter
}

/** The guest's command sees the end of its input when ours ends, and at once when there is none. */
function forward(stdin: NodeJS.ReadableStream | undefined, to: Duplex): void {
  if (stdin === undefined) {
    to.end()
    return
  }
  stdin.pipe(to)
  to.once('close', () => {
    stdin.unpipe(to)
    stdin.pause()
  })
}
