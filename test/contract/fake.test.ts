/** The simulated kernel keeps the contract. */
import { expect, test } from 'vitest'
import { errnoName } from '../../src/backend/errno.js'
import { createFakeBackend } from '../../src/fake-backend/fake-backend.js'
import { Kernel } from '../../src/sim/kernel.js'
import { backendContract } from './backend-contract.js'
import { runContract, type Place } from './contract.js'

function fakePlace(): Place {
  const kernel = new Kernel({ nowNs: () => 0 })
  const task = kernel.tasks.spawn('user', kernel.cgroups.root)
  const root = kernel.tasks.spawn('root', kernel.cgroups.root)
  return {
    backend: createFakeBackend(kernel, task),
    node: '/dev/dri/renderD128',
    errnoName,
    purge: () => kernel.syscall(root, 0, () => kernel.fileSystem.write('/proc/sys/vm/drop_caches', '2')),
  }
}

backendContract('the simulated kernel', 'fake', fakePlace)

test('a row that is not kept is noticed, and one that throws is a result as well', () => {
  const results = runContract(fakePlace(), [
    { name: 'wrong', run: () => 1, expected: 2 },
    { name: 'throws', run: (t) => t.keepFd(-9), expected: 0 },
    { name: 'right', run: (t) => t.fd > 0, expected: true },
  ])
  expect(results.map(({ isKept, actual }) => [isKept, actual])).toEqual([
    [false, 1],
    [false, 'Error: refused: -EBADF'],
    [true, true],
  ])
})
