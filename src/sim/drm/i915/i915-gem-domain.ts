/**
 * i915's older ioctls, which copy and synchronise: gem/i915_gem_{domain,busy,wait}.c, i915_gem_pread_ioctl(),
 * i915_gem_pwrite_ioctl(), i915_gem.c (6.12). They wait inside of the system call that is running.
 */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PAGE_SIZE } from '../../mm/page.js'
import { runToCompletion } from '../../sched/path.js'
import { waitInKernel } from '../../waits.js'
import { locked, lookup } from './i915-drv.js'
import type { I915File } from './i915-device.js'
import type { I915GemObject } from './i915-gem-object.js'
import { I915ShmemObject } from './i915-gem-shmem.js'

/** I915_GEM_DOMAIN_CPU, _GTT, _WC: what a processor uses. All other bits are the GPU's. */
const CPU_DOMAINS = 0x1 | 0x40 | 0x80
/** PREAD and PWRITE are gone from here on. */
const NO_PREAD_SINCE = 12

/** GEM_SET_DOMAIN: its pages are there afterwards. EINVAL; ENOENT; EFAULT of a purged one; ENOMEM; ENODEV. */
export function gemSetDomain(
  file: I915File,
  handle: number,
  readDomains: number,
  writeDomain: number,
): NegativeErrno | 0 {
  if (file.device.info.isDiscrete) return -ERRNO.ENODEV
  if (((readDomains | writeDomain) & ~CPU_DOMAINS) !== 0) return -ERRNO.EINVAL
  if (writeDomain !== 0 && readDomains !== writeDomain) return -ERRNO.EINVAL
  if (readDomains === 0) return 0
  const object = lookup(file, handle)
  if (object === undefined) return -ERRNO.ENOENT
  waitIdle(object, writeDomain !== 0)
  return withPages(object, 'i915_gem_set_domain_ioctl', () => undefined)
}

/** GEM_PREAD: EOPNOTSUPP from generation 12 on; ENOENT; EINVAL beyond the end; EFAULT of a purged one; ENOMEM. */
export function gemPread(
  file: I915File,
  handle: number,
  offset: number,
  size: number,
): Uint8Array | NegativeErrno {
  const object = copied(file, handle, offset, size)
  if (typeof object === 'number') return object
  if (object === null) return new Uint8Array(0)
  waitIdle(object, false)
  let bytes = new Uint8Array(0)
  const result = withPages(object, 'i915_gem_pread_ioctl', () => {
    bytes = Uint8Array.from(object.contents?.read(offset, offset + size) ?? [])
  })
  return result === 0 ? bytes : result
}

/** GEM_PWRITE: into the file of an object without pages, which stays without. Errors as of PREAD. */
export function gemPwrite(
  file: I915File,
  handle: number,
  offset: number,
  bytes: Uint8Array,
): NegativeErrno | 0 {
  const object = copied(file, handle, offset, bytes.length)
  if (typeof object === 'number') return object
  if (object === null) return 0
  if (object instanceof I915ShmemObject) {
    const result = runToCompletion(
      locked(object, 'shmem_pwrite', () => object.writeFileLocked(offset, bytes)),
    )
    if (result !== null) return result
  }
  waitIdle(object, true)
  return withPages(object, 'i915_gem_pwrite_ioctl', () => object.contents?.write(offset, bytes))
}

/** The object to copy from or to; null: there is nothing to copy, whatever the handle is. */
function copied(
  file: I915File,
  handle: number,
  offset: number,
  size: number,
): I915GemObject | null | NegativeErrno {
  if (file.device.info.graphicsVersion >= NO_PREAD_SINCE) return -ERRNO.EOPNOTSUPP
  if (size === 0) return null
  const object = lookup(file, handle)
  if (object === undefined) return -ERRNO.ENOENT
  return offset + size > object.sizePages * PAGE_SIZE ? -ERRNO.EINVAL : object
}

/** Does it while the pages are pinned. */
function withPages(object: I915GemObject, where: string, work: () => void): NegativeErrno | 0 {
  return runToCompletion(
    locked(object, where, () => {
      const result = object.pinPagesLocked()
      if (result !== 0) return result
      work()
      object.unpinPages()
      return 0
    }),
  )
}

function waitIdle(object: I915GemObject, forWrite: boolean): void {
  waitInKernel(object.device.kernel, idle(object, forWrite), Infinity, 0)
}

/** A writer waits for all, a reader for writers. */
function idle({ resv }: I915GemObject, forWrite: boolean) {
  const access = forWrite ? 'write' : 'read'
  return {
    check: (nowNs: number) => (resv.isIdle(access, nowNs) ? 0 : undefined),
    nextNs: () => resv.idleAtNs(access),
  }
}
