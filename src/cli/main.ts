#!/usr/bin/env node
/** The command: parses, calls one verb, and turns whatever goes wrong into one line and an exit code. */
import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.js'
import { bisectCode, EXIT, withoutAnswer } from './exit-codes.js'
import { describeFailure, printFailure } from './failure.js'
import { watchStandardStreams, whyAnswerLost } from './lost-output.js'
import { hadUnexpected, watchForUnexpected } from './unexpected.js'

/** Only the verb that is used is loaded: on a virtual board, where all of it is emulated, each file costs 25 ms. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  bench: async () => (await import('./commands/bench.js')).benchCommand(),
  compare: async () => (await import('./commands/compare.js')).compareCommand(),
  conform: async () => (await import('./commands/conform.js')).conformCommand(),
  devices: async () => (await import('./commands/devices.js')).devicesCommand(),
  expect: async () => (await import('./commands/expect.js')).expectCommand(),
  hunt: async () => (await import('./commands/hunt.js')).huntCommand(),
  probe: async () => (await import('./commands/probe.js')).probeCommand(),
  replay: async () => (await import('./commands/replay.js')).replayCommand(),
  report: async () => (await import('./commands/report.js')).reportCommand(),
  stress: async () => (await import('./commands/stress.js')).stressCommand(),
  vm: async () => (await import('./commands/vm.js')).vmCommand(),
}

/** For what still goes on when all is told and written. */
const END_DEADLINE_MS = 5000

/** Whether an option was given to gemrig, and not to the command that is to run in a guest. */
function wants(args: readonly string[], option: string): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes(option)
}

async function main(args: readonly string[]): Promise<void> {
  const json = wants(args, '--json')
  const program = new Command('gemrig')
    .description("Make the kernel reclaim a GPU's memory, and prove whether it kept its promises.")
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText('after', '\nExamples:\n  gemrig stress\n  gemrig devices\n  gemrig stress --help')
  // Options before the verb are few; help and wrong words need all verbs.
  const used = VERBS[args[0] ?? '']
  for (const load of used === undefined ? Object.values(VERBS) : [used]) program.addCommand(await load())
  throwInsteadOfExit(program, json)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    const failure = describeFailure(error)
    // commander has printed its own message, unless it was told not to.
    if (!(error instanceof CommanderError) || json) printFailure(failure, json)
    process.exitCode = error instanceof CommanderError ? EXIT.wrongUse : failure.exitCode
  }
}

function throwInsteadOfExit(command: Command, quiet: boolean): void {
  command.exitOverride()
  if (quiet) command.configureOutput({ writeErr: () => undefined })
  for (const child of command.commands) throwInsteadOfExit(child, quiet)
}

/** A process that hangs in the kernel is left to it. */
function endAtOnce(): void {
  // process.exit() waits for the threads of file calls: one that hangs in the kernel would keep it for ever.
  if (process.getActiveResourcesInfo().includes('FSReqPromise')) process.kill(process.pid, 'SIGKILL')
  process.exit()
}

/** `code`: what the verb says. */
function finalCode(args: readonly string[], code: number): number {
  const lost = whyAnswerLost()
  if (lost !== undefined)
    process.stderr.write(`gemrig: the answer could not be written to stdout (${lost})\n`)
  const told = lost === undefined ? code : withoutAnswer(code)
  const known = hadUnexpected() ? EXIT.boardNotPrepared : told
  return args[0] === 'stress' && wants(args, '--bisect') ? bisectCode(known) : known
}

watchStandardStreams()
watchForUnexpected()
const args = process.argv.slice(2)
let isDone = false
// Only then all errors of streams are known; and it comes also where the process ended early, which is no pass.
process.on('exit', () => {
  const { exitCode } = process
  const early = exitCode === EXIT.interrupted ? exitCode : EXIT.boardNotPrepared
  process.exitCode = finalCode(args, isDone ? Number(exitCode ?? EXIT.pass) : early)
})
await main(args)
isDone = true
setTimeout(endAtOnce, END_DEADLINE_MS).unref()
