#!/usr/bin/env node
/** The command: parses, calls one verb, and turns whatever goes wrong into one line and an exit code. */
import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.js'
import { devicesCommand } from './commands/devices.js'
import { huntCommand } from './commands/hunt.js'
import { stressCommand } from './commands/stress.js'
import { vmCommand } from './commands/vm.js'
import { EXIT } from './exit-codes.js'
import { describeFailure, printFailure } from './failure.js'

/** Whether --json was given to gemrig, and not to the command that is to run in a guest. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}

async function main(args: readonly string[]): Promise<void> {
  const json = wantsJson(args)
  const program = new Command('gemrig')
    .description("Make the kernel reclaim a GPU's memory, and prove whether it kept its promises.")
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText('after', '\nStart with: gemrig stress')
  program
    .addCommand(devicesCommand())
    .addCommand(huntCommand())
    .addCommand(stressCommand())
    .addCommand(vmCommand())
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

await main(process.argv.slice(2))
