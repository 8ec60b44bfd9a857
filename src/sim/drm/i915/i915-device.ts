/**
 * i915 on the graphics of a Coffee Lake desktop processor, or on a discrete DG1 of which only buffers in system memory
 * are modelled: drivers/gpu/drm/i915/i915_driver.c, i915_pci.c (6.12).
 */
import type { DrmNode, DrmVersion } from '../../../backend/drm-calls.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import type { PseudoFile } from '../../fs/pseudo-file.js'
import type { Kernel } from '../../kernel.js'
import { PAGE_SIZE, pagesOf } from '../../mm/page.js'
import { DrmDevice } from '../drm-device.js'
import { sizeText } from '../drm-fdinfo.js'
import { DrmFile } from '../drm-file.js'
import { TtmBdev } from '../ttm/ttm-device.js'
import { i915DebugFiles } from './i915-debugfs.js'
import { I915DmaBufObject } from './i915-gem-dmabuf.js'
import { I915GemObject } from './i915-gem-object.js'
import { I915ShmemObject } from './i915-gem-shmem.js'
import { I915GemShrinker } from './i915-gem-shrinker.js'
import { I915TtmObject, i915TtmFuncs } from './i915-gem-ttm.js'
import { I915_MADV_DONTNEED } from '../../../backend/i915-calls.js'
import { I915Mm } from './i915-mm.js'

/** What the driver knows of the hardware. */
interface I915Info {
  readonly isDiscrete: boolean
  readonly pciDevice: number
  readonly revision: number
  readonly hasLlc: boolean
  /** PREAD, PWRITE and GEM_MMAP went away with generation 12. */
  readonly graphicsVersion: number
}

const I915_INTEGRATED: I915Info = {
  isDiscrete: false,
  pciDevice: 0x3e92,
  revision: 0,
  hasLlc: true,
  graphicsVersion: 9,
}
export const I915_DISCRETE: I915Info = {
  isDiscrete: true,
  pciDevice: 0x4905,
  revision: 1,
  hasLlc: false,
  graphicsVersion: 12,
}

const DEFAULT_JOB_NS = 1_000_000

/** Mappings of one object and kind have one range of file offsets. */
type MmapType = 'GTT' | 'WC' | 'WB' | 'UC' | 'FIXED'

export class I915Device extends DrmDevice {
  readonly node: DrmNode = {
    renderNode: '/dev/dri/renderD128',
    primaryNode: '/dev/dri/card0',
    bus: 'pci',
    busName: '0000:00:02.0',
    compatible: [],
  }
  readonly version: DrmVersion = {
    name: 'i915',
    major: 1,
    minor: 6,
    patch: 0,
    date: '20230929',
    description: 'Intel Graphics',
  }
  override readonly hasSyncobj = true
  readonly hardware = 'Intel UHD Graphics 630'
  readonly info: I915Info
  readonly mm = new I915Mm()
  readonly shrinker = new I915GemShrinker(this)
  /** intel_region_ttm_device_init(): there is one on every device, and the pools come with it. */
  readonly bdev: TtmBdev
  /** Who keeps the device awake, besides the GPU's own work. Devices on the processor's die never sleep by default. */
  wakerefs: number
  readonly fenceContext: number
  fenceSeqno = 0
  /** How long what it is asked to do takes. */
  readonly jobNs: number
  readonly #offsets = new Map<I915GemObject, Map<MmapType, number>>()

  constructor(kernel: Kernel, info: I915Info, jobNs = DEFAULT_JOB_NS) {
    super(kernel)
    this.jobNs = jobNs
    this.info = info
    this.wakerefs = info.isDiscrete ? 0 : 1
    this.fenceContext = kernel.nextFenceContext++
    this.bdev = new TtmBdev(kernel.initTtm(true), i915TtmFuncs)
    kernel.shrinkers.register(this.shrinker)
    kernel.oom.onOutOfMemory(() => this.shrinker.outOfMemory())
  }

  override debugfsFiles(): [string, PseudoFile][] {
    return i915DebugFiles(this)
  }

  /** intel_runtime_pm_get_if_in_use(). */
  get isAwake(): boolean {
    if (this.wakerefs > 0) return true
    const nowNs = this.kernel.taskNowNs()
    for (const object of this.objects)
      if (object instanceof I915GemObject && object.isActive(nowNs)) return true
    return false
  }

  open(): I915File {
    return new I915File(this)
  }

  createObject(sizePages: number): I915GemObject {
    return this.info.isDiscrete
      ? new I915TtmObject(this, this.bdev, sizePages)
      : new I915ShmemObject(this, sizePages)
  }

  importDmaBuf(dmaBuf: DmaBufFile): I915DmaBufObject {
    return new I915DmaBufObject(this, dmaBuf, pagesOf(dmaBuf.sizeBytes))
  }

  /** mmap_offset_attach(): the first page; null when there is no room. */
  mmapOffset(object: I915GemObject, type: MmapType): number | null {
    const known = this.#offsets.get(object) ?? new Map<MmapType, number>()
    const page = known.get(type) ?? this.vmaOffsets.add(object)
    if (page === null) return null
    this.#offsets.set(object, known.set(type, page))
    return page
  }

  freeMmapOffsets(object: I915GemObject): void {
    for (const page of this.#offsets.get(object)?.values() ?? []) this.vmaOffsets.remove(object, page)
    this.#offsets.delete(object)
  }

  /** i915_drm_client_fdinfo(), without the times of engines. */
  override showFdinfo(file: DrmFile, nowNs: number): string[] {
    const stats = { total: 0, shared: 0, active: 0, resident: 0, purgeable: 0 }
    for (const object of file.handles()) {
      if (!(object instanceof I915GemObject)) continue
      const bytes = object.sizePages * PAGE_SIZE
      stats.total += bytes
      if (object.handleCount > 1 || object.dmaBuf !== null) stats.shared += bytes
      if (!object.hasPages) continue
      stats.resident += bytes
      if (object.isActive(nowNs)) stats.active += bytes
      else if (object.isShrinkable && object.madv === I915_MADV_DONTNEED) stats.purgeable += bytes
    }
    const lines = Object.entries(stats).map(([kind, bytes]) => `drm-${kind}-system0:\t${sizeText(bytes)}`)
    return [`drm-pdev:\t${this.node.busName}`, ...lines]
  }
}

/** Probes the graphics of a PC's processor. */
export function createI915Device(kernel: Kernel, jobNs?: number): I915Device {
  return new I915Device(kernel, I915_INTEGRATED, jobNs)
}

export class I915File extends DrmFile {
  override readonly device: I915Device

  constructor(device: I915Device) {
    super(device)
    this.device = device
  }
}
