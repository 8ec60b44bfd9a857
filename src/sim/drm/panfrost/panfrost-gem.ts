/** Panfrost's buffer objects and their mappings into GPU address spaces: panfrost_gem.c, panfrost_mmu.c (6.12). */
import { ERRNO } from '../../../backend/errno.js'
import type { NegativeErrno } from '../../../backend/outcome.js'
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../../../backend/panfrost-calls.js'
import { COST_NS } from '../../costs.js'
import type { Linked } from '../../lib/linked-list.js'
import { PAGE_SHIFT } from '../../mm/page.js'
import { canCount, lockOf, type Lock, type LockSlot } from '../../sched/lock.js'
import { TAKEN, type Path } from '../../sched/path.js'
import { KernelViolation, warnOn } from '../../sched/violation.js'
import type { DrmFile } from '../drm-file.js'
import { GemShmemObject } from '../gem-shmem.js'
import type { PanfrostDevice } from './panfrost-device.js'
import { ALLOCATED, isAllocated, setActive, setAllocated, type GemMapping } from './panfrost-gem-mapping.js'
import { PanfrostFile } from './panfrost-file.js'

/** Heap buffers grow by this much with each fault of the GPU. */
export const HEAP_STEP_PAGES = (2 << 20) >> PAGE_SHIFT

/** Of all buffers that are no heaps: nothing is ever put in. */
const NO_STEPS = new Set<number>()

/** What few buffers have. */
interface Rare {
  userLabel: string | null
  gpuUsecount: number
  heapUsesPages: boolean
  readonly heapSteps: Set<number>
}

/** Most buffers have one mapping, and are the place for it. */
export class PanfrostGemObject extends GemShmemObject implements Linked<PanfrostGemObject>, GemMapping {
  declare readonly device: PanfrostDevice
  #firstMapping: GemMapping | null = null
  openFile: PanfrostFile | null = null
  nextMapping: GemMapping | null = null
  #mappingsLock: LockSlot = 0
  /** Its neighbours on the shrinker's list: bo->base.madv_list. */
  previous: Linked<PanfrostGemObject> = this
  next: Linked<PanfrostGemObject> = this
  startPage = 0
  mappingReferences = 0
  mappingFlags = 0
  /** What CREATE_BO was told. */
  readonly createFlags: number
  #rare: Rare | null = null

  constructor(device: PanfrostDevice, sizePages: number, flags: number) {
    const isHeap = (flags & PANFROST_BO_HEAP) !== 0
    super(device, isHeap ? Math.ceil(sizePages / HEAP_STEP_PAGES) * HEAP_STEP_PAGES : sizePages)
    this.createFlags = flags
  }

  get noexec(): boolean {
    return (this.createFlags & PANFROST_BO_NOEXEC) !== 0
  }

  get isHeap(): boolean {
    return (this.createFlags & PANFROST_BO_HEAP) !== 0
  }

  get mappingsLock(): Lock {
    return (this.#mappingsLock = lockOf(this.#mappingsLock, 'mutex', 'mappings.lock', this))
  }

  /** Lock.take(), Lock.give() and Lock.tryTake() of mappingsLock. */
  takeMappings(where: string): boolean {
    const slot = this.#mappingsLock
    if (!canCount(slot)) return this.mappingsLock.take(where)
    this.#mappingsLock = slot + 1
    return false
  }

  giveMappings(where: string): boolean {
    const slot = this.#mappingsLock
    if (!canCount(slot) || slot === 0) return this.mappingsLock.give(where)
    this.#mappingsLock = slot - 1
    return false
  }

  tryTakeMappings(where: string): number | null {
    const slot = this.#mappingsLock
    if (slot !== 0 || !canCount(slot)) return this.mappingsLock.tryTake(where)
    this.#mappingsLock = 1
    return TAKEN
  }

  /** SET_LABEL_BO: for debugfs. */
  get userLabel(): string | null {
    return this.#rare?.userLabel ?? null
  }

  set userLabel(label: string | null) {
    this.make().userLabel = label
  }

  /** Jobs that use it now. */
  get gpuUsecount(): number {
    return this.#rare?.gpuUsecount ?? 0
  }

  set gpuUsecount(count: number) {
    this.make().gpuUsecount = count
  }

  /** A fault of the GPU took a use of the pages, which the heap keeps. */
  get heapUsesPages(): boolean {
    return this.#rare?.heapUsesPages ?? false
  }

  set heapUsesPages(value: boolean) {
    this.make().heapUsesPages = value
  }

  /** Steps of the heap that the GPU's page tables have. */
  get heapSteps(): Set<number> {
    return this.isHeap ? this.make().heapSteps : NO_STEPS
  }

  private make(): Rare {
    return (this.#rare ??= { userLabel: null, gpuUsecount: 0, heapUsesPages: false, heapSteps: new Set() })
  }

  /** Oldest first: the others are behind it. */
  get firstMapping(): GemMapping | null {
    return this.#firstMapping
  }

  get owner(): this {
    return this
  }

  get bo(): this {
    return this
  }

  /** On the shrinker's list. */
  get isMadvListed(): boolean {
    return this.next !== this
  }

  protected override purgeableMayChange(): void {
    if (this.isMadvListed) this.countInShrinker()
  }

  /** Whether the shrinker may count its pages is not as it was, or it came to the shrinker's list or left it. */
  countInShrinker(): void {
    const counts = this.isMadvListed && this.isPurgeable
    if (counts === this.isCounted) return
    this.isCounted = counts
    this.device.shrinker.purgeablePages += counts ? this.sizePages : -this.sizePages
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
    let mapping = this.#firstMapping
    while (mapping !== null && mapping.openFile !== file) mapping = mapping.nextMapping
    return mapping ?? undefined
  }

  /** panfrost_gem_open(): a range of addresses, and for an ordinary buffer all of its pages. ENOSPC, ENOMEM. */
  override *openPath(file: DrmFile): Path<number> {
    const where = 'panfrost_gem_open'
    if (!(file instanceof PanfrostFile)) return -ERRNO.EINVAL
    if (file.mmLock.take(where)) yield file.mmLock
    const startPage = file.insertVa(this.sizePages, this.noexec)
    if (startPage !== undefined && this.isHeap) file.heaps.set(startPage, this)
    if (file.mmLock.give(where)) yield file.mmLock
    if (startPage === undefined) return -ERRNO.ENOSPC
    const mapping = this.newMapping(file, startPage)
    this.get()
    if (!this.isHeap) {
      const result = yield* this.mmuMap(mapping)
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
    if (this.takeMappings(where)) yield this.mappingsLock
    let last = this.#firstMapping
    while (last !== null && last.nextMapping !== null) last = last.nextMapping
    if (last === null) this.#firstMapping = mapping
    else last.nextMapping = mapping
    if (this.giveMappings(where)) yield this.mappingsLock
    return this.open(file)
  }

  /** panfrost_gem_close(). */
  override *closePath(file: DrmFile): Path<void> {
    const where = 'panfrost_gem_close'
    if (this.takeMappings(where)) yield this.mappingsLock
    const mapping = this.mappingOf(file)
    if (mapping !== undefined) this.unlink(mapping)
    if (this.giveMappings(where)) yield this.mappingsLock
    if (mapping !== undefined) yield* this.mappingPut(mapping)
    this.close(file)
  }

  /** panfrost_gem_mapping_get(): with a reference. */
  *mappingGet(file: DrmFile): Path<GemMapping | undefined> {
    const where = 'panfrost_gem_mapping_get'
    if (this.takeMappings(where)) yield this.mappingsLock
    const mapping = this.mappingOf(file)
    if (mapping !== undefined) mapping.mappingReferences++
    if (this.giveMappings(where)) yield this.mappingsLock
    return mapping
  }

  /** panfrost_gem_mapping_put(): the last one gives the addresses back, and may free the buffer. */
  *mappingPut(mapping: GemMapping): Path<void> {
    if (--mapping.mappingReferences > 0) return
    yield* this.teardown(mapping)
    mapping.openFile = null
    if (this.drop()) yield* this.release()
  }

  /** Oldest first. */
  *mappings(): Generator<GemMapping, void> {
    for (let mapping = this.#firstMapping; mapping !== null; mapping = mapping.nextMapping) yield mapping
  }

  private unlink(mapping: GemMapping): void {
    let before = this.#firstMapping
    if (before === mapping) this.#firstMapping = mapping.nextMapping
    while (before !== null && before.nextMapping !== mapping) before = before.nextMapping
    if (before !== null) before.nextMapping = mapping.nextMapping
    mapping.nextMapping = null
  }

  private newMapping(file: PanfrostFile, startPage: number): GemMapping {
    // A job may hold the mapping that was here first longer than its file does.
    if (this.openFile !== null)
      return {
        ...{ bo: this, openFile: file, startPage },
        ...{ mappingReferences: 1, mappingFlags: ALLOCATED, nextMapping: null },
      }
    this.openFile = file
    this.startPage = startPage
    this.mappingReferences = 1
    this.mappingFlags = ALLOCATED
    return this
  }

  override checkLocked(): void {
    super.checkLocked()
    const steps = this.#rare?.heapSteps.size ?? 0
    if (steps > 0 && this.pages === null) {
      const what = `${steps} steps of the heap mapped, and their pages are given back`
      throw new KernelViolation('invariant', `${this.label}: the GPU has ${what}`)
    }
  }

  protected override get otherUses(): number {
    return super.otherUses + (this.heapUsesPages && this.pages !== null ? 1 : 0)
  }

  /** panfrost_gem_teardown_mappings_locked(): the GPU cannot reach it any more, and its addresses are free. */
  *teardownMappings(): Path<void> {
    for (let mapping = this.#firstMapping; mapping !== null; mapping = mapping.nextMapping) {
      yield* this.teardown(mapping)
    }
  }

  /** panfrost_gem_free_object(). */
  protected override *freePath(): Path<void> {
    const late = this.device.kernel.bugs.has('purge-against-free')
    if (!late) yield* this.leaveShrinkerList()
    warnOn(this.#firstMapping !== null, 'panfrost_gem_free_object: !list_empty(&bo->mappings.list)', this)
    this.#rare?.heapSteps.clear()
    yield* super.freePath()
    if (late) yield* this.leaveShrinkerList()
  }

  /** panfrost_gem_teardown_mapping(). */
  private *teardown(mapping: GemMapping): Path<void> {
    const where = 'panfrost_gem_teardown_mapping'
    const { openFile: file, startPage } = mapping
    if (file === null) return
    setActive(mapping, false)
    if (file.mmLock.take(where)) yield file.mmLock
    if (isAllocated(mapping)) {
      file.mm.remove(startPage, this.sizePages)
      if (this.isHeap) file.heaps.delete(startPage)
    }
    setAllocated(mapping, false)
    if (file.mmLock.give(where)) yield file.mmLock
  }

  private *leaveShrinkerList(): Path<void> {
    const where = 'panfrost_gem_free_object'
    const { shrinker } = this.device
    if (shrinker.lock.take(where)) yield shrinker.lock
    shrinker.remove(this)
    if (shrinker.lock.give(where)) yield shrinker.lock
  }

  private *mmuMap(mapping: GemMapping): Path<NegativeErrno | 0> {
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
    setActive(mapping, true)
    kernel.spend(COST_NS.ioctl)
    return 0
  }
}
