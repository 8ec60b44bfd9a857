/** What must hold of the simulated machine between any two system calls, whatever was done before. */
import { DmaBufFile } from './dma-buf/dma-buf.js'
import { GemShmemObject } from './drm/gem-shmem.js'
import { PanfrostDevice } from './drm/panfrost/panfrost-device.js'
import { PanfrostGemObject } from './drm/panfrost/panfrost-gem.js'
import { PanthorGemObject } from './drm/panthor/panthor-gem.js'
import type { Kernel } from './kernel.js'
import { PAGE_KINDS } from './mm/page.js'
import type { SimFile } from './process/file.js'

/** Throws an Error that names the first rule that is broken. */
export function checkInvariants(kernel: Kernel): void {
  checkPages(kernel)
  checkMemcgs(kernel)
  // A bug may break the list itself, which is for others to notice.
  if (kernel.bugs.size === 0 && kernel.gpu instanceof PanfrostDevice) kernel.gpu.shrinker.checkCount()
  for (const device of kernel.drmDevices) {
    for (const object of device.objects) {
      if (object instanceof GemShmemObject) checkGemShmem(object)
      if (object instanceof PanthorGemObject) checkPanthorGem(object)
    }
  }
}

function checkPages(kernel: Kernel): void {
  const { pages } = kernel
  const used = PAGE_KINDS.reduce((sum, kind) => sum + pages.used(kind), 0)
  equal('free and used pages', pages.freePages + used, pages.totalPages)
  atLeast('free pages', pages.freePages, 0)
  for (const kind of PAGE_KINDS) atLeast(`${kind} pages`, pages.used(kind), 0)

  let anon = 0
  const dmaBufs = new Set<SimFile>()
  for (const task of kernel.tasks.all()) {
    anon += task.rssPages
    for (const file of task.files.all()) if (file instanceof DmaBufFile) dmaBufs.add(file)
  }
  equal('anonymous pages', pages.used('anon'), anon)

  let inFiles = 0
  let detached = 0
  for (const device of kernel.drmDevices) {
    for (const object of device.objects) {
      if (!(object instanceof GemShmemObject || object instanceof PanthorGemObject)) continue
      inFiles += object.file.residentPages
      if (object.pages?.inFile === false) detached += object.pages.charges.total
    }
  }
  for (const memfd of kernel.memfds) {
    inFiles += memfd.shmem.residentPages
    if (memfd.pages?.inFile === false) detached += memfd.pages.charges.total
  }
  for (const file of kernel.shmemFiles) inFiles += file.residentPages
  equal('shmem pages', pages.used('shmem'), inFiles)
  equal('detached pages', pages.used('detached'), detached)
  const open = [...dmaBufs].reduce(
    (sum, file) =>
      sum +
      (file instanceof DmaBufFile && kernel.heaps.get(file.memory.exporter) !== undefined
        ? file.memory.pages
        : 0),
    0,
  )
  // Mappings can hold more than files do.
  atLeast('dma-buf pages', pages.used('dmabuf'), open)
  const pooled = [...kernel.heaps.all()].reduce((sum, heap) => sum + heap.pooledPages(), 0)
  equal('pages in pools', pages.used('heap-pool'), pooled)
  if (pages.cma === null) return
  atLeast('free pages of the CMA area', pages.cma.freePages, 0)
  atLeast('free pages outside of the CMA area', pages.unmovableFreePages, 0)
  atLeast('movable pages', pages.used('anon') + pages.used('file'), pages.cma.lentPages)
}

function checkMemcgs(kernel: Kernel): void {
  const { pages } = kernel
  const { root } = kernel.memcg
  for (const kind of ['anon', 'shmem', 'file', 'kernel'] as const) {
    equal(`charged ${kind} pages`, root.stat[kind], pages.used(kind))
  }
  equal(
    'charged pages',
    root.usagePages,
    pages.totalPages -
      pages.freePages -
      pages.used('dmabuf') -
      pages.used('heap-pool') -
      pages.used('zram') -
      pages.used('ttm'),
  )
  for (const memcg of root.tree()) {
    let below = 0
    for (const child of memcg.children) below += child.usagePages
    atLeast('charges of a cgroup against those of its children', memcg.usagePages, below)
    atLeast('page cache of a cgroup', memcg.fileLruPages, 0)
  }
}

function checkGemShmem(object: GemShmemObject): void {
  object.checkLocked()
  const isHeap = object instanceof PanfrostGemObject && object.isHeap
  if (object.pages !== null && !isHeap)
    equal('size of a buffer that has pages', object.pages.charges.total, object.sizePages)
}

function checkPanthorGem(object: PanthorGemObject): void {
  object.checkLocked()
  if (object.pages !== null)
    equal('size of a buffer that has pages', object.pages.charges.total, object.sizePages)
}

function equal(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`invariant broken: ${what}: ${actual}, not ${expected}`)
}

function atLeast(what: string, actual: number, least: number): void {
  if (!(actual >= least)) throw new Error(`invariant broken: ${what}: ${actual}, less than ${least}`)
}
