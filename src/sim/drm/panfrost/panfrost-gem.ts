/** Panfrost's buffer objects and their mappings into GPU address spaces: panfrost_gem.c, panfrost_mmu.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../../backend/panfrost-calls.js'
import { COST_NS } from '../../costs.js'
import { ListNode } from '../../lib/linked-list.js'
import { PAGE_SHIFT } from '../../mm/page.js'
import type { DrmFile } from '../drm-file.js'
import { GemShmemObject } from '../gem-shmem.js'
import type { PanfrostDevice } from './panfrost-device.js'
import { PanfrostFile } from './panfrost-file.js'

/** Heap buffers grow by this much with each fault of the GPU. */
const HEAP_STEP_PAGES = (2 << 20) >> PAGE_SHIFT

/** Where one open file sees the buffer. */
interface GemMapping {
  readonly file: PanfrostFile
  readonly startPage: number
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
  label: string | null = null
  readonly mappings: GemMapping[] = []
  /** Jobs that use it now. */
  gpuUsecount = 0
  readonly madvNode = new ListNode<PanfrostGemObject>(this)

  constructor(device: PanfrostDevice, sizePages: number, flags: number) {
    const isHeap = (flags & PANFROST_BO_HEAP) !== 0
    super(device, isHeap ? Math.ceil(sizePages / HEAP_STEP_PAGES) * HEAP_STEP_PAGES : sizePages)
    this.noexec = (flags & PANFROST_BO_NOEXEC) !== 0
    this.isHeap = isHeap
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
  override open(file: DrmFile): number {
    if (!(file instanceof PanfrostFile)) return -ERRNO.EINVAL
    const startPage = file.insertVa(this.sizePages, this.noexec)
    if (startPage === undefined) return -ERRNO.ENOSPC
    const mapping: GemMapping = { file, startPage, active: false, allocated: true }
    if (!this.isHeap) {
      const result = this.#mmuMap(mapping)
      if (result !== 0) {
        file.mm.remove(startPage, this.sizePages)
        return result
      }
    }
    if (this.madv !== 0) {
      // WARN_ON(): any process that opens a buffer which another one gave away brings it about.
      const { log, current } = this.device.kernel
      log.warn('drivers/gpu/drm/panfrost/panfrost_gem.c panfrost_gem_open', current?.task.pid ?? 0)
    }
    this.mappings.push(mapping)
    return super.open(file)
  }

  /** panfrost_gem_close(). */
  override close(file: DrmFile): void {
    super.close(file)
    const index = this.mappings.findIndex((mapping) => mapping.file === file)
    const [mapping] = index < 0 ? [] : this.mappings.splice(index, 1)
    if (mapping !== undefined) this.#teardown(mapping)
  }

  /** panfrost_gem_teardown_mappings_locked(): the GPU cannot reach it any more, and its addresses are free. */
  teardownMappings(): void {
    for (const mapping of this.mappings) this.#teardown(mapping)
  }

  /** panfrost_gem_free_object(). */
  protected override free(): void {
    this.device.shrinker.list.remove(this.madvNode)
    super.free()
  }

  /** panfrost_gem_teardown_mapping(). */
  #teardown(mapping: GemMapping): void {
    mapping.active = false
    if (mapping.allocated) mapping.file.mm.remove(mapping.startPage, this.sizePages)
    mapping.allocated = false
  }

  #mmuMap(mapping: GemMapping): NegativeErrno | 0 {
    const { kernel } = this.device
    const result = this.getPagesSgt()
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
