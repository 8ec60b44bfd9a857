/** A short run of the fuzzer; `npm run test:fuzz` and `npm run test:sanitized` make a million calls and more. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeNative } from './native-addon.js'

const fuzzer = fileURLToPath(new URL('../fuzz/native-fuzz.mjs', import.meta.url))

describeNative('fuzz', () => {
  it('200,000 calls from four threads crash nothing, leak nothing and throw nothing but TypeErrors', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [fuzzer, '--calls', '200000'], {
      encoding: 'utf8',
    })
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' })
    expect(Number(/^(\d+) calls of/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(200_000)
  }, 120_000)
})
