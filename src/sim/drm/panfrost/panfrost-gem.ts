/** Panfrost's buffer objects and their mappings into GPU address spaces: panfrost_gem.c, panfrost_mmu.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../../backend/panfrost-calls.js'
import { COST_NS } from '../../costs.js'
import { ListNode } from '../../lib/linked-list.js'
import { PAGE_SHIFT } from '../../mm/page.js'
import { Lock } from '../../sched/lock.js'
import type { Path } from '../../sched/path.js'
import { KernelViolation, warnOn } from '../../sched/violation.js'
import type { DrmFile } from '../drm-file.js'
import { GemShmemObject } from '../gem-shmem.js'
import type { PanfrostDevice } from './panfrost-device.js'
import { PanfrostFile } from './panfrost-file.js'

/** Heap buffers grow by this much with each fault of the GPU. */
export const HEAP_STEP_PAGES = (2 << 20) >> PAGE_SHIFT

/** Of all buffers that are no heaps: nothing is ever put in. */
const NO_STEPS = new Set<number>()

/** Where one open file sees the buffer: struct panfrost_gem_mapping. */
export interface GemMapping {
  readonly bo: PanfrostGemObject
  readonly file: PanfrostFile
  readonly startPage: number
  /** Of the buffer's list, of jobs, and of who looks at it now. Together they hold the buffer. */
  references: number
  /** The GPU's page tables have it. */
  active: boolean
  /** The range is taken in the file's address space: drm_mm_node_allocated(). */
  allocated: boolean
}

export class PanfrostGemObject extends GemShmemObject {
  declare readonly device: PanfrostDevice
  readonly noexec: boolean
  readonly isHeap: boolean
  /** What CREATE_BO was told. */
  readonly createFlags: number
  /** SET_LABEL_BO: for debugfs. */
  userLabel: string | null = null
  readonly mappings: GemMapping[] = []
  readonly mappingsLock = new Lock('mutex', 'mappings.lock', this)
  /** Steps of the heap that the GPU's page tables have. */
  readonly heapSteps: Set<number>
  /** A fault of the GPU took a use of the pages, which the heap keeps. */
  heapUsesPages = false
  /** Jobs that use it now. */
  gpuUsecount = 0
  readonly madvNode = new ListNode<PanfrostGemObject>(this)

  constructor(device: PanfrostDevice, sizePages: number, flags: number) {
    const isHeap = (flags & PANFROST_BO_HEAP) !== 0
    super(device, isHeap ? Math.ceil(sizePages / HEAP_STEP_PAGES) * HEAP_STEP_PAGES : sizePages)
    this.noexec = (flags & PANFROST_BO_NOEXEC) !== 0
    this.isHeap = isHeap
    this.heapSteps = isHeap ? new Set() : NO_STEPS
    this.createFlags = flags
  }

  /** The later kernels' shrinker leaves out what another device has pinned. */
  override get isPurgeable(): boolean {
    return super.isPurgeable && (this.pinCount === 0 || !this.device.uapi.shrinkerHeedsPins)
  }

  /** panfrost_gem_pin(): nobody else can use what grows on faults. */
  override pin(): NegativeErrno | 0 {
    return this.isHeap ? -ERRNO.EINVAL : super.pin()
  }

  mappingOf(file: DrmFile): GemMapping | undefined {
    return this.mappings.find((mapping) => mapping.file === file)
  }

  /** panfrost_gem_open(): a range of addresses, and for an ordinary buffer all of its pages. ENOSPC, ENOMEM. */
  override *openPath(file: DrmFile): Path<number> {
    const where = 'panfrost_gem_open'
    if (!(file instanceof PanfrostFile)) return -ERRNO.EINVAL
    yield file.mmLock.lock(where)
    const startPage = file.insertVa(this.sizePages, this.noexec)
    if (startPage !== undefined && this.isHeap) file.heaps.set(startPage, this)
    yield file.mmLock.unlock(where)
    if (startPage === undefined) return -ERRNO.ENOSPC
    const mapping: GemMapping = { bo: this, file, startPage, references: 1, active: false, allocated: true }
    this.get()
    if (!this.isHeap) {
      const result = yield* this.#mmuMap(mapping)
      if (result !== 0) {
        yield* this.mappingPut(mapping)
        return result
      }
    }
    if (this.madv !== 0) {
      // WARN_ON(): any process that opens a buffer which another one gave away brings it about.
      const { log, current } = this.device.kernel
      log.warn('drivers/gpu/drm/panfrost/panfrost_gem.c panfrost_gem_open', current?.task.pid ?? 0)
    }
    yield this.mappingsLock.lock(where)
    this.mappings.push(mapping)
    yield this.mappingsLock.unlock(where)
    return this.open(file)
  }

  /** panfrost_gem_close(). */
  override *closePath(file: DrmFile): Path<void> {
    const where = 'panfrost_gem_close'
    yield this.mappingsLock.lock(where)
    const index = this.mappings.findIndex((mapping) => mapping.file === file)
    const [mapping] = index < 0 ? [] : this.mappings.splice(index, 1)
    yield this.mappingsLock.unlock(where)
    if (mapping !== undefined) yield* this.mappingPut(mapping)
    this.close(file)
  }

  /** panfrost_gem_mapping_get(): with a reference. */
  *mappingGet(file: DrmFile): Path<GemMapping | undefined> {
    const where = 'panfrost_gem_mapping_get'
    yield this.mappingsLock.lock(where)
    const mapping = this.mappingOf(file)
    if (mapping !== undefined) mapping.references++
    yield this.mappingsLock.unlock(where)
    return mapping
  }

  /** panfrost_gem_mapping_put(): the last one gives the addresses back, and may free the buffer. */
  *mappingPut(mapping: GemMapping): Path<void> {
    if (--mapping.references > 0) return
    yield* this.#teardown(mapping)
    yield* this.putPath()
  }

  override checkLocked(): void {
    super.checkLocked()
    if (this.heapSteps.size > 0 && this.pages === null) {
      const what = `${this.heapSteps.size} steps of the heap mapped, and their pages are given back`
      throw new KernelViolation('invariant', `${this.label}: the GPU has ${what}`)
    }
  }

  protected override get otherUses(): number {
    return super.otherUses + (this.heapUsesPages && this.pages !== null ? 1 : 0)
  }

  /** panfrost_gem_teardown_mappings_locked(): the GPU cannot reach it any more, and its addresses are free. */
  *teardownMappings(): Path<void> {
    for (const mapping of this.mappings) yield* this.#teardown(mapping)
  }

  /** panfrost_gem_free_object(). */
  protected override *freePath(): Path<void> {
    const late = this.device.kernel.bugs.has('purge-against-free')
    if (!late) yield* this.#leaveShrinkerList()
    warnOn(this.mappings.length > 0, 'panfrost_gem_free_object: !list_empty(&bo->mappings.list)', this)
    this.heapSteps.clear()
    yield* super.freePath()
    if (late) yield* this.#leaveShrinkerList()
  }

  /** panfrost_gem_teardown_mapping(). */
  *#teardown(mapping: GemMapping): Path<void> {
    const where = 'panfrost_gem_teardown_mapping'
    const { file, startPage } = mapping
    mapping.active = false
    yield file.mmLock.lock(where)
    if (mapping.allocated) file.mm.remove(startPage, this.sizePages)
    if (this.isHeap && mapping.allocated) file.heaps.delete(startPage)
    mapping.allocated = false
    yield file.mmLock.unlock(where)
  }

  *#leaveShrinkerList(): Path<void> {
    const where = 'panfrost_gem_free_object'
    const { shrinker } = this.device
    yield shrinker.lock.lock(where)
    shrinker.list.remove(this.madvNode)
    yield shrinker.lock.unlock(where)
  }

  *#mmuMap(mapping: GemMapping): Path<NegativeErrno | 0> {
    const { kernel } = this.device
    const result = yield* this.getPagesSgt()
    if (result !== 0) {
      // WARN_ON(IS_ERR(sgt)): so in 6.12, although running out of memory is no bug.
      kernel.log.warn(
        'drivers/gpu/drm/panfrost/panfrost_mmu.c:339 panfrost_mmu_map',
        kernel.current?.task.pid ?? 0,
      )
      return result
    }
    mapping.active = true
    kernel.spend(COST_NS.ioctl)
    return 0
  }
}
