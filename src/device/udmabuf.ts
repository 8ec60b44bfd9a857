/** A dma-buf of this process's own memory: a sealed memfd through /dev/udmabuf. drivers/dma-buf/udmabuf.c. */
import type { Backend } from '../backend/backend.js'
import { F_SEAL_SHRINK } from '../backend/udmabuf-calls.js'
import { checkSizeBytes } from './arguments.js'
import { dmaBufOf, type DmaBuf } from './dmabuf.js'
import { granted, type Refusal } from './errors.js'

const PAGE_BYTES = 4096

/**
 * Makes one of `sizeBytes` (rounded up to pages) in `parts` memfds of the same size, by default one. The caller closes
 * it. NoDeviceError without /dev/udmabuf; PermissionError; EINVAL above the module's size_limit_mb (64 MiB).
 */
export function createUdmabufOf(backend: Backend, sizeBytes: number, parts = 1): DmaBuf {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new RangeError(`parts must be a whole number of 1 or more, not ${parts}`)
  }
  const bytes = Math.ceil(checkSizeBytes(sizeBytes, 'sizeBytes') / parts / PAGE_BYTES) * PAGE_BYTES
  const { udmabuf } = backend
  const opened = granted(udmabuf.open(), {
    syscall: 'open',
    request: '/dev/udmabuf',
    advice: 'the kernel needs CONFIG_UDMABUF, and this user the group kvm or a udev rule',
  })
  const memfds: number[] = []
  try {
    for (let part = 0; part < parts; part++) {
      const memfd = granted(udmabuf.createMemfd('gemrig', bytes), refusal('memfd_create', bytes))
      memfds.push(memfd)
      granted(udmabuf.addSeals(memfd, F_SEAL_SHRINK), refusal('fcntl', bytes))
    }
    const items = memfds.map((memfd) => ({ memfd, offset: 0n, sizeBytes: BigInt(bytes) }))
    const [only] = items
    const fd =
      only !== undefined && items.length === 1
        ? udmabuf.create(opened, only)
        : udmabuf.createList(opened, items)
    return dmaBufOf(backend, granted(fd, refusal('UDMABUF_CREATE', bytes * parts)))
  } finally {
    // The dma-buf keeps the pages; the descriptors are not needed any more.
    for (const memfd of memfds) udmabuf.close(memfd)
    udmabuf.close(opened)
  }
}

function refusal(request: string, bytes: number): Refusal {
  const syscall = request.startsWith('UDMABUF') ? 'ioctl' : request
  return { syscall, request, subject: `${bytes} bytes` }
}
