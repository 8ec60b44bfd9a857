/** `gemrig hunt`: switches known kernel bugs on in the simulated kernel, and shows that they are found. */
import { Command } from 'commander'
import { hunt, type BugHunt } from '../../hunt/hunt.js'
import { programOf, storyOf } from '../../hunt/story.js'
import { huntJson, huntMarkdown, huntTable } from '../../report/hunt-table.js'
import { KERNEL_BUGS } from '../../sim/bugs/catalog.js'
import { EXIT } from '../exit-codes.js'
import { jsonOption, parseWhole } from '../options.js'

interface Flags {
  readonly seed: number
  readonly seeds: number
  readonly trace?: boolean
  readonly minimise?: boolean
  readonly markdown?: boolean
  readonly lockdep: boolean
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  gemrig hunt
  gemrig hunt handle-guess --trace
  gemrig hunt purge-against-free --minimise
  gemrig hunt madvise-shrinker-abba --no-lockdep --trace

Bugs:
${KERNEL_BUGS.map(({ name, title }) => `  ${name.padEnd(26)}${title}`).join('\n')}`

export function huntCommand(): Command {
  return new Command('hunt')
    .description('switch known kernel bugs on in the simulated kernel, and find them by stepping it')
    .argument('[bugs...]', 'which ones; all unless said otherwise')
    .option('--seed <number>', 'the first seed', parseWhole, 1)
    .option('--seeds <number>', 'how many seeds to try at most', parseWhole, 200)
    .option('--trace', 'tell how each was found, step by step')
    .option('--minimise', 'look for the shortest program that shows each bug, and print it')
    .option('--markdown', 'print the table for a page of documentation')
    .option('--no-lockdep', 'find wrong orders of locks only when they deadlock')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((names: string[], flags: Flags, command: Command) => {
      for (const name of names) {
        if (!KERNEL_BUGS.some((bug) => bug.name === name))
          command.error(`error: no bug is called ${name}; gemrig hunt --help lists them`)
      }
      const bugs = KERNEL_BUGS.filter(({ name }) => names.length === 0 || names.includes(name))
      const hunts: BugHunt[] = []
      for (const one of hunt(bugs, flags)) {
        hunts.push(one)
        if (process.stderr.isTTY) process.stderr.write(`${hunts.length}/${bugs.length} ${one.bug.name}\n`)
      }
      process.stdout.write(`${toText(hunts, flags)}\n`)
      const failed = hunts.some(({ find, findWithoutBug }) => find === null || findWithoutBug !== null)
      process.exitCode = failed ? EXIT.fail : EXIT.pass
    })
}

function toText(hunts: readonly BugHunt[], flags: Flags): string {
  if (flags.json)
    return JSON.stringify({ seed: flags.seed, seeds: flags.seeds, bugs: huntJson(hunts) }, undefined, 2)
  if (flags.markdown) return huntMarkdown(hunts)
  const stories = flags.trace || flags.minimise ? hunts.flatMap(tell) : []
  return [...stories, huntTable(hunts)].join('\n')
}

function tell({ bug, scenario, find, shortest }: BugHunt): string[] {
  const head = [`${bug.name}: ${bug.title}`, `  ${bug.change}`, `  ${scenario.name}: ${scenario.about}`]
  const run = shortest ?? find
  if (run === null) return [...head, '']
  const { result, seed } = run
  const program = shortest === undefined ? [] : ['  shortest program:', ...programOf(result).map(indent)]
  return [...head, `  seed ${seed}, trace ${result.traceHash}`, ...program, ...storyOf(result), '']
}

const indent = (line: string) => `    ${line}`
