/** kmsg.log: the kernel's log during the run, as dmesg shows it. */
import { join } from 'node:path'
import type { KernelLogEvent, StressEvent } from '../events/stress-event.js'
import { escapeControls } from './escape.js'
import { GrowingFile } from './growing-file.js'
import { KERNEL_LOG_FILE } from './result-directory.js'

export class KernelLogFile extends GrowingFile {
  /** `onFailure`: as of GrowingFile. */
  constructor(directory: string, onFailure?: () => void) {
    super(join(directory, KERNEL_LOG_FILE), 'a', onFailure)
  }

  /** Appends what the event tells of the kernel's log. */
  observe(event: StressEvent): void {
    if (event.type === 'kernel-log') this.append(kernelLogText(event))
  }
}

function kernelLogText({ uptimeUs, lines, text }: KernelLogEvent): string {
  const time = `[${(uptimeUs / 1e6).toFixed(6).padStart(12)}] `
  return (lines ?? [text]).map((line) => `${time}${escapeControls(line)}\n`).join('')
}
