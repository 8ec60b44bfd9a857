import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gemrig } from './command.js'

beforeAll(() => {
  process.env['GEMRIG_TEST_FOLDER'] = mkdtempSync(join(tmpdir(), 'gemrig-hang-'))
})
afterAll(() => rmSync(process.env['GEMRIG_TEST_FOLDER'] ?? '', { recursive: true }))

test('a call that the kernel does not come back from does not keep the command for ever', async () => {
  const preload = new URL('hanging-kernel.mjs', import.meta.url)
  const { exitCode, stdout } = await gemrig(['devices', '--json'], { preload })
  expect(JSON.parse(stdout)).toBeTypeOf('object')
  // By a signal: there is no other way out for a thread in the kernel.
  expect(exitCode).toBeNull()
})
