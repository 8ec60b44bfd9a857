/** kmsg.log: the kernel's log during the run, as dmesg shows it. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StressEvent } from '../events/stress-event.js'
import { KERNEL_LOG_FILE } from './result-directory.js'

/** Appends what the event tells of the kernel's log; made with the first record. */
export function appendKernelLog(directory: string, event: StressEvent): void {
  if (event.type === 'kernel-log') appendFileSync(join(directory, KERNEL_LOG_FILE), kernelLogText(event))
}

function kernelLogText({ uptimeUs, lines, text }: Extract<StressEvent, { type: 'kernel-log' }>): string {
  const time = `[${(uptimeUs / 1e6).toFixed(6).padStart(12)}] `
  return (lines ?? [text]).map((line) => `${time}${line}\n`).join('')
}
