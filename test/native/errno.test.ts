/** Refused calls answer with the kernel's own errno, negative, and never throw. */
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, expect, it } from 'vitest'
import { ERRNO } from '../../dist/backend/errno.js'
import { describeNative, granted, temporaryFile } from './native-addon.js'

const CLOSED_FD = 2 ** 31 - 1

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

describeNative('errno of the native backend', ({ drm, panfrost, dmaHeap, memory }) => {
  const notDrm = openSync('/dev/null', 'r+')
  afterAll(() => closeSync(notDrm))

  it('opens any path, and answers ENOENT, ENOTDIR and EISDIR', () => {
    const fd = drm.open('/dev/null')
    expect(fd).toBeGreaterThan(2)
    expect(drm.close(fd)).toBe(0)
    expect(drm.open('/dev/dri/no-such-node')).toBe(-ERRNO.ENOENT)
    expect(drm.open('/dev/null/node')).toBe(-ERRNO.ENOTDIR)
    expect(drm.open(tmpdir())).toBe(-ERRNO.EISDIR)
    expect(drm.open('')).toBe(-ERRNO.ENOENT)
  })

  it('answers ENOTTY to every request that a file does not know', () => {
    expect(drm.version(notDrm)).toBe(-ERRNO.ENOTTY)
    expect(drm.gemClose(notDrm, 1)).toBe(-ERRNO.ENOTTY)
    expect(panfrost.getParam(notDrm, 0)).toBe(-ERRNO.ENOTTY)
    expect(panfrost.createBo(notDrm, 4096, 0)).toBe(-ERRNO.ENOTTY)
    expect(panfrost.mmapBo(notDrm, 1, 0)).toBe(-ERRNO.ENOTTY)
    expect(panfrost.madvise(notDrm, 1, 0)).toBe(-ERRNO.ENOTTY)
    expect(dmaHeap.allocate(notDrm, 4096)).toBe(-ERRNO.ENOTTY)
    expect(dmaHeap.sync(notDrm, 1)).toBe(-ERRNO.ENOTTY)
  })

  it('answers EBADF to every call on a descriptor that is not open', () => {
    expect(drm.close(CLOSED_FD)).toBe(-ERRNO.EBADF)
    expect(drm.version(CLOSED_FD)).toBe(-ERRNO.EBADF)
    expect(drm.gemClose(CLOSED_FD, 1)).toBe(-ERRNO.EBADF)
    expect(panfrost.getParam(CLOSED_FD, 0)).toBe(-ERRNO.EBADF)
    expect(panfrost.createBo(CLOSED_FD, 4096, 0)).toBe(-ERRNO.EBADF)
    expect(panfrost.mmapBo(CLOSED_FD, 1, 0)).toBe(-ERRNO.EBADF)
    expect(panfrost.madvise(CLOSED_FD, 1, 0)).toBe(-ERRNO.EBADF)
    expect(dmaHeap.allocate(CLOSED_FD, 4096)).toBe(-ERRNO.EBADF)
    expect(dmaHeap.size(CLOSED_FD)).toBe(-ERRNO.EBADF)
    expect(dmaHeap.sync(CLOSED_FD, 1)).toBe(-ERRNO.EBADF)
    expect(dmaHeap.close(CLOSED_FD)).toBe(-ERRNO.EBADF)
    expect(memory.mmap(CLOSED_FD, 0n, 4096)).toBe(-ERRNO.EBADF)
  })

  it('lists the DRM devices and the heaps of the machine, and an empty list where there are none', () => {
    const listed = granted(drm.listNodes()).flatMap((node) => [node.primaryNode, node.renderNode])
    const present = entries('/dev/dri').filter((name) => /^(card|renderD)\d+$/.test(name))
    expect(listed.filter((node) => node !== undefined).sort()).toEqual(
      present.map((name) => `/dev/dri/${name}`),
    )
    expect(granted(dmaHeap.list())).toEqual(entries('/dev/dma_heap'))
  })

  it('opens heaps by name only', () => {
    expect(dmaHeap.open('no-such-heap')).toBe(-ERRNO.ENOENT)
    for (const name of ['', '.', '..', '../null', '/dev/null', 'system/']) {
      expect(dmaHeap.open(name)).toBe(-ERRNO.EINVAL)
    }
  })

  it('tells the size of what can be sought to its end, above 4 GiB too, and ESPIPE of what cannot', () => {
    using file = temporaryFile(5 * 2 ** 30 + 1)
    expect(dmaHeap.size(file.fd)).toBe(5 * 2 ** 30 + 1)
    const ptmx = openSync('/dev/ptmx', 'r+')
    expect(dmaHeap.size(ptmx)).toBe(-ERRNO.ESPIPE)
    closeSync(ptmx)
  })

  it('answers what mmap(2) answers: EINVAL for an offset inside a page, ENOMEM for what no address space holds', () => {
    using file = temporaryFile(8192)
    expect(memory.mmap(file.fd, 1n, 4096)).toBe(-ERRNO.EINVAL)
    expect(memory.mmap(file.fd, 0n, Number.MAX_SAFE_INTEGER)).toBe(-ERRNO.ENOMEM)
    expect(memory.mapAnonymous(Number.MAX_SAFE_INTEGER)).toBe(-ERRNO.ENOMEM)
    expect(memory.mmap(notDrm, 0n, 4096)).toBe(-ERRNO.ENODEV)
  })
})
