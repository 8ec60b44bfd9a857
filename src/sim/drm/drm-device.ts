/** A DRM device with its nodes: struct drm_device and drm_driver, include/drm (6.12). */
import type { DrmNode, DrmVersion } from '../../backend/drm-calls.js'
import type { Kernel } from '../kernel.js'
import type { DmaBufFile } from '../dma-buf/dma-buf.js'
import type { PseudoFile } from '../fs/pseudo-file.js'
import { Lock } from '../sched/lock.js'
import type { DrmFile } from './drm-file.js'
import type { GemObject } from './gem-object.js'
import { GemObjectList } from './gem-object-list.js'
import { VmaOffsetManager } from './vma-offset-manager.js'

export abstract class DrmDevice {
  readonly kernel: Kernel
  readonly vmaOffsets = new VmaOffsetManager()
  /** All GEM objects that live. */
  readonly objects = new GemObjectList()
  nextObjectId = 1
  readonly objectNameLock = new Lock('mutex', 'object_name_lock')
  /** Serializes all LRUs of its objects. */
  readonly gemLruMutex = new Lock('mutex', 'gem_lru_mutex')
  abstract readonly node: DrmNode
  abstract readonly version: DrmVersion

  /** DRIVER_SYNCOBJ: whether its files have synchronization objects. DRIVER_SYNCOBJ_TIMELINE has none here. */
  readonly hasSyncobj: boolean = false
  /** drm_gem_get_huge_mnt(): its buffers are made of huge pages where they can be. */
  readonly hasHugePages: boolean = false
  /** exp_name of its dma-bufs. */
  readonly exporterName: string = 'drm'
  /** dumb_create(): makes a dumb buffer, where the driver has them. */
  dumbCreate?(file: DrmFile, sizeBytes: number): number
  /** gem_prime_import_sg_table(): an object for memory of another device. */
  abstract importDmaBuf(dmaBuf: DmaBufFile): GemObject

  /** show_fdinfo(): the driver's own lines; absent where its files have no fdinfo. */
  showFdinfo?(file: DrmFile, nowNs: number): string[] | undefined

  /** The driver's files in debugfs, by name. */
  debugfsFiles(): [string, PseudoFile][] {
    return []
  }

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  /** Names below /dev/dri. */
  get nodeNames(): string[] {
    const { primaryNode, renderNode } = this.node
    return [primaryNode, renderNode].flatMap((path) =>
      path === undefined ? [] : [path.replace('/dev/dri/', '')],
    )
  }

  /** open(2) of one of its nodes. */
  abstract open(): DrmFile
}
