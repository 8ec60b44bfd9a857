/** `gemrig report`: makes reports from the folder of a run, also of one that was cut off. */
import { Command } from 'commander'
import { REPORT_FORMATS, summarize, type ReportFormat } from '../../report/formats.js'
import { readJournal } from '../../report/read-journal.js'
import { writeReport } from '../../report/write-report.js'
import { sendSignals, wantsKmsg } from '../lava-signals.js'

type Flags = Partial<Record<ReportFormat | 'json', boolean>> & { readonly output?: string }

const EXPLANATIONS: Readonly<Record<ReportFormat, string>> = {
  html: 'one self-contained page: verdict, time lines, kernel log',
  junit: 'JUnit XML, for Jenkins and GitLab',
  ktap: 'KTAP version 1, for kernel test tools',
  lava: 'LAVA signals, for the console of a test job; with KMSG=true in the environment written to /dev/kmsg',
  linaro: "the lines of output/result.txt of Linaro's test definitions",
  trace: 'Chrome trace events, to be opened in Perfetto',
}

const EXAMPLES = `
Exit codes: 0 the report was made, whatever the run's verdict; 2 wrong use, or the folder holds no run.

Examples:
  gemrig report gemrig-results/20260101-120000-fake-17 --html --output run.html
  gemrig report out --ktap
  gemrig report out --json`

export function reportCommand(): Command {
  const command = new Command('report')
    .description('make a report from the folder of a run, also of one that was cut off')
    .argument('<folder>', 'the folder of the run: what stress was given as --out')
  for (const format of REPORT_FORMATS) command.option(`--${format}`, EXPLANATIONS[format])
  return command
    .option('--json', 'print what is in result.json, made anew from the journal')
    .option('--output <file>', 'write to this file (default: stdout)')
    .addHelpText('after', EXAMPLES)
    .action(makeReport)
}

async function makeReport(folder: string, flags: Flags): Promise<void> {
  const wishes = [...REPORT_FORMATS, 'json' as const].filter((format) => flags[format])
  const [format, second] = wishes
  if (format === undefined || second !== undefined) {
    const names = REPORT_FORMATS.map((name) => `--${name}`).join(', ')
    throw new RangeError(`name one of ${names} or --json`)
  }
  if (format === 'json') {
    const { result } = await summarize(readJournal(folder), folder)
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  if (format === 'lava' && flags.output === undefined && wantsKmsg()) {
    await sendSignals(folder, process.stdout)
    return
  }
  await writeReport(
    format,
    folder,
    flags.output === undefined ? { stream: process.stdout } : { file: flags.output },
  )
}
