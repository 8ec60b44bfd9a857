/** Batches on the simulated kernel: one call after the other, each with its own simulated cost. */
import type { BatchCalls } from '../backend/batch-calls.js'
import { checkFd, checkFloat64Array, checkUint32, checkUint32Array } from './arguments.js'
import { gemRequests, type DriverGroups } from './gem-requests.js'

export function fakeBatchCalls(calls: DriverGroups): BatchCalls {
  return {
    createMany(driver, fd, sizesBytes, flags, results) {
      const requests = gemRequests(calls, driver)
      checkFd(fd)
      checkUint32Array('sizesBytes', sizesBytes)
      checkUint32('flags', flags)
      checkFloat64Array('results', results, sizesBytes.length)
      return each(sizesBytes, results, (sizeBytes) => {
        const bo = requests.create(fd, sizeBytes, flags)
        return typeof bo === 'number' ? bo : bo.handle
      })
    },
    madviseMany(driver, fd, handles, advice, results) {
      const requests = gemRequests(calls, driver)
      checkFd(fd)
      checkUint32Array('handles', handles)
      checkUint32('advice', advice)
      checkFloat64Array('results', results, handles.length)
      return each(handles, results, (handle) => requests.madvise(fd, handle, advice))
    },
  }
}

/** How many calls worked, up to the first that did not, whose errno is the last result. */
function each(inputs: Uint32Array, results: Float64Array, call: (input: number) => number): number {
  for (const [i, input] of inputs.entries()) {
    const result = call(input)
    results[i] = result
    if (result < 0) return i
  }
  return inputs.length
}
