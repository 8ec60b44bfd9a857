/** Mappings and access to their bytes on the simulated kernel. */
import { ERRNO } from '../backend/errno.js'
import type { MapHandle, MemoryCalls } from '../backend/memory-calls.js'
import type { Outcome } from '../backend/outcome.js'
import { COST_NS } from '../sim/costs.js'
import type { Kernel } from '../sim/kernel.js'
import { xxh64 } from '../sim/lib/xxh64.js'
import { AnonVma } from '../sim/mm/anonymous.js'
import { PAGE_SIZE, pagesOf } from '../sim/mm/page.js'
import * as access from '../sim/mm/user-access.js'
import type { Vma } from '../sim/mm/vma.js'
import type { SimTask } from '../sim/process/task-struct.js'
import { verifyInFork } from '../sim/mm/fork.js'
import { checkByteCount, checkBytes, checkFd, checkUint64 } from './arguments.js'

export function fakeMemoryCalls(kernel: Kernel, task: SimTask): MemoryCalls {
  const vmas = new WeakMap<MapHandle, Vma>()

  function newHandle(vma: Outcome<Vma>): Outcome<MapHandle> {
    if (typeof vma === 'number') return vma
    const handle: MapHandle = Object.freeze({ lengthBytes: vma.lengthBytes })
    vmas.set(handle, vma)
    return handle
  }
  function vmaOf(map: MapHandle): Vma {
    const vma = typeof map === 'object' && (map as object | null) !== null ? vmas.get(map) : undefined
    if (vma === undefined) throw new TypeError('map must be a mapping that this backend made')
    return vma
  }
  /** Runs `call` when the mapping has the range; EINVAL when it has not, or has been unmapped. */
  function inRange<T>(
    map: MapHandle,
    offset: number,
    length: number,
    call: (vma: Vma) => T | number,
  ): T | number {
    const vma = vmaOf(map)
    checkByteCount('offset', offset)
    checkByteCount('length', length)
    return kernel.syscall(task, 0, () => {
      const isInside = offset <= vma.lengthBytes && length <= vma.lengthBytes - offset
      return vma.isMapped && isInside ? call(vma) : -ERRNO.EINVAL
    })
  }

  return {
    mmap(fd, offset, lengthBytes) {
      checkFd(fd)
      checkUint64('offset', offset)
      checkByteCount('lengthBytes', lengthBytes, 1)
      return newHandle(
        kernel.syscall(task, COST_NS.fileOperation, () => {
          if (offset % BigInt(PAGE_SIZE) !== 0n) return -ERRNO.EINVAL
          const file = task.files.get(fd)
          if (file === undefined) return -ERRNO.EBADF
          // Every mapping of this interface is shared and may be written.
          return file.isWritable ? file.mmap(task, offset, lengthBytes) : -ERRNO.EACCES
        }),
      )
    },
    mapAnonymous(lengthBytes) {
      checkByteCount('lengthBytes', lengthBytes, 1)
      return newHandle(
        kernel.syscall(task, COST_NS.fileOperation, () => {
          // vm.overcommit_memory=0: only what could never be had is refused.
          if (pagesOf(lengthBytes) > kernel.pages.totalPages) return -ERRNO.ENOMEM
          return new AnonVma(kernel, task, lengthBytes)
        }),
      )
    },
    munmap(map) {
      const vma = vmaOf(map)
      return kernel.syscall(task, COST_NS.fileOperation, () => {
        if (!vma.isMapped) return -ERRNO.EINVAL
        vma.unmap()
        return 0
      })
    },
    fill(map, seed, offset, length) {
      checkUint64('seed', seed)
      return inRange(map, offset, length, (vma) => access.fill(kernel, vma, seed, offset, length))
    },
    verify(map, seed, offset, length) {
      checkUint64('seed', seed)
      return inRange(map, offset, length, (vma) => access.verify(kernel, vma, seed, offset, length))
    },
    verifyInFork(map, seed, exec) {
      const vma = vmaOf(map)
      checkUint64('seed', seed)
      if (typeof exec !== 'boolean') throw new TypeError('exec must be a boolean')
      return kernel.syscall(task, 0, () => (vma.isMapped ? verifyInFork(kernel, vma, seed) : -ERRNO.EINVAL))
    },
    read: (map, offset, length) =>
      inRange(map, offset, length, (vma) => access.read(kernel, vma, offset, length)),
    write(map, offset, bytes) {
      checkBytes('bytes', bytes)
      return inRange(map, offset, bytes.length, (vma) => access.write(kernel, vma, offset, bytes))
    },
    copy(target, targetOffset, source, sourceOffset, length) {
      const into = vmaOf(target)
      checkByteCount('targetOffset', targetOffset)
      const targetFits = targetOffset <= into.lengthBytes && length <= into.lengthBytes - targetOffset
      return inRange(source, sourceOffset, length, (vma) => {
        if (!into.isMapped || !targetFits) return -ERRNO.EINVAL
        const bytes = access.read(kernel, vma, sourceOffset, length)
        return typeof bytes === 'number' ? bytes : access.write(kernel, into, targetOffset, bytes)
      })
    },
    hash: (map, offset, length) =>
      inRange(map, offset, length, (vma) => {
        const bytes = access.read(kernel, vma, offset, length)
        return typeof bytes === 'number' ? bytes : { hash: xxh64(bytes) }
      }),
    bytes(map) {
      const vma = vmaOf(map)
      return kernel.syscall(task, 0, () => (vma.isMapped ? -ERRNO.EOPNOTSUPP : -ERRNO.EINVAL))
    },
  }
}
