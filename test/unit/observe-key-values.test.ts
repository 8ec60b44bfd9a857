/** The kernel's files of `key value` lines. */
import { expect, test } from 'vitest'
import { keyValue, sumOfKeys } from '../../src/observe/key-values.js'

const VMSTAT =
  'nr_oom_kill 9\nallocstall_dma 1\nallocstall_normal 20\nmy_allocstall_x 500\noom_kill 3\noom_kill_x 4\nlast 18446744073709551615'

test('the value of a key is that of the line which is the key and no more', () => {
  expect([keyValue(VMSTAT, 'oom_kill'), keyValue(VMSTAT, 'nr_oom_kill')]).toEqual([3, 9])
  expect(keyValue(VMSTAT, 'kill')).toBeUndefined()
  expect(keyValue(VMSTAT, 'last')).toBe(2 ** 64)
  expect(keyValue('key \nother 1\n', 'key')).toBeUndefined()
  expect(keyValue('Shmem:            12345 kB\n', 'Shmem:')).toBe(12345)
  expect(keyValue('', 'key')).toBeUndefined()
})

test('keys that begin alike are summed, and others that end so are not', () => {
  expect(sumOfKeys(VMSTAT, 'allocstall_')).toBe(21)
  expect(sumOfKeys(VMSTAT, 'none_')).toBe(0)
})
