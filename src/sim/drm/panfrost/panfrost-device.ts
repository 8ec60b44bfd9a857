/** Panfrost on the Mali-T860 of an RK3399: panfrost_device.c, panfrost_gpu.c (6.12). */
import type { DrmNode, DrmVersion } from '../../../backend/drm-calls.js'
import { PANFROST_BO_NOEXEC, PANFROST_PARAM } from '../../../backend/panfrost-calls.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import type { Kernel } from '../../kernel.js'
import { pagesOf } from '../../mm/page.js'
import { DrmDevice } from '../drm-device.js'
import type { DrmFile } from '../drm-file.js'
import { GemShmemShrinker } from '../gem-shmem-shrinker.js'
import { memoryStats } from '../drm-fdinfo.js'
import { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemObject } from './panfrost-gem.js'
import { PanfrostJobs } from './panfrost-job.js'
import { uapiOf, versionOf, type PanfrostUapi } from './panfrost-uapi.js'
import { PanfrostGemShrinker } from './panfrost-gem-shrinker.js'
import { PanfrostShmemObject } from './panfrost-shmem.js'

/** The clock of the device tree's fastest operating point, which it stays at here. */
const FREQUENCY_HZ = 800_000_000

export class PanfrostDevice extends DrmDevice {
  readonly node: DrmNode = {
    renderNode: '/dev/dri/renderD128',
    primaryNode: '/dev/dri/card0',
    bus: 'platform',
    busName: 'ff9a0000.gpu',
    compatible: ['rockchip,rk3399-mali', 'arm,mali-t860'],
  }
  readonly hardware = 'Mali-T860'
  readonly uapi: PanfrostUapi
  readonly version: DrmVersion
  readonly jobs: PanfrostJobs
  override readonly hasSyncobj = true
  override readonly hasHugePages: boolean
  /** What the GPU's registers say, by the number of the parameter. Others that 6.12 knows read 0. */
  readonly params: ReadonlyMap<number, bigint> = new Map([
    [PANFROST_PARAM.GPU_PROD_ID, 0x860n],
    [PANFROST_PARAM.GPU_REVISION, 0x2000n],
    [PANFROST_PARAM.SHADER_PRESENT, 0xfn],
    [PANFROST_PARAM.TILER_PRESENT, 1n],
    [PANFROST_PARAM.L2_PRESENT, 1n],
    [PANFROST_PARAM.AS_PRESENT, 0xffn],
    [PANFROST_PARAM.JS_PRESENT, 7n],
    [PANFROST_PARAM.MEM_FEATURES, 1n],
    [PANFROST_PARAM.MMU_FEATURES, 0x2830n],
    [PANFROST_PARAM.SYSTEM_TIMESTAMP_FREQUENCY, 24_000_000n],
    // LOW and MEDIUM for all, HIGH for root, who everybody is here.
    [PANFROST_PARAM.ALLOWED_JM_CTX_PRIORITIES, 7n],
    // None: the CPU's caches are not the GPU's.
    [PANFROST_PARAM.SELECTED_COHERENCY, 31n],
  ])
  readonly shrinker = new PanfrostGemShrinker(this)
  /** The generic one, which takes the place of the driver's own in a kernel with that series. */
  readonly shmemShrinker: GemShmemShrinker | null
  /** Buffers that are needed are evicted, too, when there is swap. */
  readonly evicts: boolean

  constructor(kernel: Kernel, jobNs?: number) {
    super(kernel)
    this.uapi = uapiOf(kernel.release)
    this.hasHugePages = kernel.release === '7.2'
    this.version = versionOf(this.uapi)
    this.jobs = new PanfrostJobs(kernel, jobNs)
    this.shmemShrinker = kernel.patches === null ? null : new GemShmemShrinker(this, this.node.busName)
    this.evicts = kernel.patches === 'eviction'
  }

  needShmemShrinker(): GemShmemShrinker {
    if (this.shmemShrinker === null) throw new Error('this kernel has no generic shrinker')
    return this.shmemShrinker
  }

  newObject(sizePages: number, flags: number): PanfrostGemObject {
    return this.shmemShrinker === null
      ? new PanfrostGemObject(this, sizePages, flags)
      : new PanfrostShmemObject(this, sizePages, flags)
  }

  open(): PanfrostFile {
    return new PanfrostFile(this)
  }

  /** panfrost_gem_prime_import_sg_table(): what comes in is not executable. */
  importDmaBuf(dmaBuf: DmaBufFile): PanfrostGemObject {
    const bo = this.newObject(pagesOf(dmaBuf.sizeBytes), PANFROST_BO_NOEXEC)
    bo.adoptImport(dmaBuf)
    return bo
  }

  /** panfrost_show_fdinfo(), without the counters of engines, which are off unless profiling is on. */
  override showFdinfo(file: DrmFile, nowNs: number): string[] | undefined {
    const { fdinfo } = this.uapi
    if (fdinfo === 'none') return undefined
    const engines = ['fragment', 'vertex-tiler'].flatMap((engine) => [
      `drm-maxfreq-${engine}:\t${FREQUENCY_HZ} Hz`,
      `drm-curfreq-${engine}:\t${FREQUENCY_HZ} Hz`,
    ])
    return [...engines, ...memoryStats(file, nowNs, fdinfo === 'not zero')]
  }
}

/** Probes the device; its shrinker is registered with the kernel. */
export function createPanfrostDevice(kernel: Kernel, jobNs?: number): PanfrostDevice {
  const device = new PanfrostDevice(kernel, jobNs)
  const shrinker = device.shmemShrinker ?? device.shrinker
  kernel.shrinkers.register(shrinker)
  kernel.steppedShrinkers.push(shrinker)
  return device
}
