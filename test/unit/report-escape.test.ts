/** Text that a kernel prints does nothing to a terminal. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { escapeControls, escapeMarkup } from '../../src/report/escape.js'
import { KernelLogFile } from '../../src/report/kernel-log-file.js'
import { createProgress } from '../../src/report/progress.js'

const HOSTILE = 'a\u001b[2J\u009b1m\r\n\u007f\u202eb\tc'
const SHOWN = 'a\\x1b[2J\\x9b1m\\x0d\\x0a\\x7f\\u202eb\tc'

test('control characters are shown escaped, and nothing else is', () => {
  expect(escapeControls(HOSTILE)).toBe(SHOWN)
  const usual = 'äöü 漢字 \u{1f600} \\x1b'
  expect(escapeControls(usual)).toBe(usual)
  expect(escapeMarkup('\u001b\u009b')).toBe('\ufffd\ufffd')
})

test('in progress and in kmsg.log', () => {
  const stream = new PassThrough({ encoding: 'utf8' })
  const progress = createProgress(stream as unknown as NodeJS.WriteStream)
  progress.observe({ type: 'violation', t: 0, oracle: 'no-new-kernel-warning', message: HOSTILE })
  expect(stream.read()).toBe(`no-new-kernel-warning: ${SHOWN}\n`)

  const folder = mkdtempSync(join(tmpdir(), 'gemrig-escape-'))
  const file = new KernelLogFile(folder)
  const record = { t: 0, sequence: 1, uptimeUs: 0, level: 1, name: 'other', severity: 'information' } as const
  file.observe({ type: 'kernel-log', ...record, text: HOSTILE })
  file.close()
  expect(readFileSync(file.path, 'utf8')).toBe(`[    0.000000] ${SHOWN}\n`)
  rmSync(folder, { recursive: true })
})
