/** A guest that runs: QEMU and the channels to what is inside. Says what happens to it, decides nothing. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { createInterface, type Interface } from 'node:readline'
import { FIRST_CHANNEL_FD, type Channel } from '../machine/qemu-command.js'
import { ConsoleLog } from './console-log.js'
import { EndMarkFilter } from './end-mark.js'

export interface GuestStreams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly stdin?: NodeJS.ReadableStream | undefined
}

/** Ctrl-D would be lost when it comes before the shell reads by the character. */
const LAST_SHELL_COMMAND = '\nexit\n'
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
  readonly #words: Interface
  #qemuSaid = ''
  #qemuSignal: NodeJS.Signals | undefined
  #ending = false

  /** `channels` are those of the command. With a shell, the streams are its terminal's. */
  constructor(
    command: readonly string[],
    channels: readonly Channel[],
    endMark: string,
    consoleFile: string,
    streams: GuestStreams,
  ) {
    const [program = '', ...args] = command
    // In a session of its own: Ctrl-C in the terminal is for us to handle, QEMU would just switch the guest off.
    this.#qemu = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...channels.map(() => 'pipe' as const)],
      detached: true,
    })
    const channel = (name: Channel) => this.#qemu.stdio[FIRST_CHANNEL_FD + channels.indexOf(name)] as Duplex
    for (const name of channels) channel(name).on('error', () => undefined) // QEMU went: `gone` tells it
    for (const output of [this.#qemu.stdout, this.#qemu.stderr])
      output?.on(
        'data',
        (piece: Buffer) => (this.#qemuSaid = (this.#qemuSaid + piece.toString()).slice(-4000)),
      )

    this.console = new ConsoleLog(consoleFile)
    this.console.attach(channel('console'))
    const stdout = passOn(channel('stdout'), streams.stdout, endMark)
    const stderr = passOn(channel('stderr'), streams.stderr, endMark)
    const outputs = [stdout, stderr]
    if (channels.includes('shell')) {
      forward(undefined, channel('stdin'))
      outputs.push(passOn(channel('shell'), streams.stdout, endMark))
      if (streams.stdin !== undefined) forward(streams.stdin, channel('shell'), LAST_SHELL_COMMAND)
    } else forward(streams.stdin, channel('stdin'))
    this.#control = channel('control')
    this.#control.write('hello\n')

    this.#words = createInterface({ input: this.#control })
    this.#words.on('error', () => undefined) // as above: it repeats its input's
    this.ready = this.#told('ready').then(Number)
    this.failed = this.#told('failed')
    this.exited = this.#told('exit').then(async (code) => {
      await Promise.all(outputs.map(({ ended }) => ended))
      return Number(code)
    })
    this.gone = this.#gone()
  }

  /** What QEMU itself said, for error messages. */
  get qemuMessages(): string {
    return this.#qemuSaid.trim()
  }

  /** The signal that killed QEMU. Our own SIGKILL does not count. */
  get qemuSignal(): NodeJS.Signals | undefined {
    return this.#qemuSignal
  }

  /** Resolves when the guest's init answers. */
  async ping(): Promise<void> {
    const pong = this.#told('pong')
    this.#control.write('ping\n')
    await pong
  }

  #told(word: string): Promise<string> {
    return new Promise((resolve) => {
      this.#words.on('line', (line) => {
        if (line === word || line.startsWith(`${word} `)) resolve(line.slice(word.length + 1))
      })
    })
  }

  /** Sends SIGINT to the command in the guest. */
  interrupt(): void {
    this.#control.write('interrupt\n')
  }

  /** Lets the guest power itself off, or ends QEMU when it has not done so in `graceMs`. Resolves when it is gone. */
  async end(graceMs: number): Promise<void> {
    this.#control.write('bye\n')
    this.#ending = true
    const timer = setTimeout(() => this.#qemu.kill('SIGKILL'), graceMs)
    await this.gone
    clearTimeout(timer)
  }

  async #gone(): Promise<void> {
    const ended = once(this.#qemu, 'exit').then(
      ([, signal]) => {
        if (!this.#ending && signal !== null) this.#qemuSignal = signal as NodeJS.Signals
      },
      (error: unknown) => (this.#qemuSaid += String(error)),
    )
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

/**
 * The guest's command sees the end of its input when ours ends, and at once when there is none. A shell sees
 * `lastWord` instead.
 */
function forward(stdin: NodeJS.ReadableStream | undefined, to: Duplex, lastWord?: string): void {
  if (stdin === undefined) {
    to.end()
    return
  }
  stdin.pipe(to, { end: lastWord === undefined })
  if (lastWord !== undefined) stdin.once('end', () => to.write(lastWord))
  to.once('close', () => {
    stdin.unpipe(to)
    stdin.pause()
  })
}
