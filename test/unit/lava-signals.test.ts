import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sendSignals } from '../../src/cli/lava-signals.js'
import { DEFAULT_PLAN } from '../../src/stress/plan.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemrig-signals-'))
  const begin = { type: 'run-begin', t: 0, gemrig: '0', board: 'fake', description: '', driver: 'panfrost' }
  const more = { driverVersion: '1.2', node: '/dev/dri/renderD128', plan: DEFAULT_PLAN }
  writeFileSync(join(folder, 'events.jsonl'), `${JSON.stringify({ ...begin, ...more })}\n`)
})
afterEach(() => rmSync(folder, { recursive: true }))

async function send(kmsg: string): Promise<string> {
  const console = new PassThrough()
  await sendSignals(folder, console, kmsg)
  console.end()
  return text(console)
}

test('are records of the highest level in the kernel log, one for each line', async () => {
  const kmsg = join(folder, 'kmsg')
  writeFileSync(kmsg, '')
  expect(await send(kmsg)).toBe('')
  const lines = readFileSync(kmsg, 'utf8').trimEnd().split('\n')
  expect(lines[0]).toBe('<0><LAVA_SIGNAL_TESTSET START promises>')
  expect(lines).toContain('<0><LAVA_SIGNAL_TESTCASE TEST_CASE_ID=run-is-complete RESULT=fail>')
  for (const line of lines) expect(line).toMatch(/^<0><LAVA_SIGNAL_[^<>]*>$/)
})

test('are printed where the kernel log cannot be written, which is said', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    expect(await send(join(folder, 'none'))).toMatch(/^<LAVA_SIGNAL_TESTSET START promises>\n/)
    expect(stderr.mock.calls.join()).toMatch(/cannot write LAVA signals to .*none \(ENOENT\)/)
  } finally {
    stderr.mockRestore()
  }
})
