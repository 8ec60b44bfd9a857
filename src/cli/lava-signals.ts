/**
 * The signals of a run for LAVA, which reads them from the console. With KMSG=true in the environment they go through the
 * kernel's log, so that no message of the kernel's comes between the characters of a line.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Readable, type Writable } from 'node:stream'
import { report } from '../report/formats.js'
import { readJournal } from '../report/read-journal.js'

/** Level 0 reaches every console. */
const EMERGENCY = '<0>'

export function wantsKmsg(): boolean {
  return process.env['KMSG'] === 'true'
}

/** Where the kernel's log cannot be written, says so on stderr and prints to `console`. */
export async function sendSignals(directory: string, console: Writable, kmsg = '/dev/kmsg'): Promise<void> {
  const signals = await text(Readable.from(report('lava', () => readJournal(directory), directory)))
  try {
    for (const line of signals.trimEnd().split('\n')) writeRecord(kmsg, `${EMERGENCY}${line}\n`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    process.stderr.write(`cannot write LAVA signals to ${kmsg} (${code}): they are printed instead\n`)
    console.write(signals)
  }
}

/** Opened for each: of one open file the kernel takes ten records in five seconds (devkmsg_write, printk.c, 6.12). */
function writeRecord(kmsg: string, record: string): void {
  const fd = openSync(kmsg, constants.O_WRONLY | constants.O_APPEND)
  try {
    writeSync(fd, record)
  } finally {
    closeSync(fd)
  }
}
