/** Panthor on the Mali-G610 of an RK3588: panthor_device.c, panthor_drv.c (7.2). What the firmware has is not modelled. */
import type { DrmNode, DrmVersion } from '../../../backend/drm-calls.js'
import type { DmaBufFile } from '../../dma-buf/dma-buf.js'
import type { PseudoFile } from '../../fs/pseudo-file.js'
import type { Kernel } from '../../kernel.js'
import { pagesOf } from '../../mm/page.js'
import { DrmDevice } from '../drm-device.js'
import type { DrmFile } from '../drm-file.js'
import { memoryStats, sizeText } from '../drm-fdinfo.js'
import { panthorDebugfs } from './panthor-debugfs.js'
import { PanthorFile } from './panthor-file.js'
import { PanthorGemObject } from './panthor-gem.js'
import { PanthorGemShrinker } from './panthor-gem-shrinker.js'
import { heapPoolBytes } from './panthor-heap.js'
import { PanthorReclaim } from './panthor-reclaim-state.js'

/** The clock of the device tree's fastest operating point, which it stays at here. */
const FREQUENCY_HZ = 1_000_000_000

export class PanthorDevice extends DrmDevice {
  readonly node: DrmNode = {
    renderNode: '/dev/dri/renderD128',
    primaryNode: '/dev/dri/card0',
    bus: 'platform',
    busName: 'fb000000.gpu',
    compatible: ['rockchip,rk3588-mali', 'arm,mali-valhall-csf'],
  }
  readonly version: DrmVersion = {
    name: 'panthor',
    major: 1,
    minor: 8,
    patch: 0,
    // Drivers have no date any more, and VERSION answers this.
    date: '0',
    description: 'Panthor DRM driver',
  }
  readonly hardware = 'Mali-G610'
  override readonly hasSyncobj = true
  override readonly exporterName = 'panthor'
  readonly reclaim = new PanthorReclaim(this)
  readonly shrinker = new PanthorGemShrinker(this)
  nextVmNumber = 1
  /** How long a job takes; Infinity: the GPU never answers. */
  readonly jobNs: number

  constructor(kernel: Kernel, jobNs = 1_000_000) {
    super(kernel)
    this.jobNs = jobNs
  }

  open(): PanthorFile {
    return new PanthorFile(this)
  }

  /** panthor_gem_prime_import_sg_table(). */
  importDmaBuf(dmaBuf: DmaBufFile): PanthorGemObject {
    const bo = new PanthorGemObject(this, pagesOf(dmaBuf.sizeBytes))
    bo.adoptImport(dmaBuf)
    return bo
  }

  override debugfsFiles(): [string, PseudoFile][] {
    return panthorDebugfs(this)
  }

  /** panthor_show_fdinfo(), without the counters of the engine, which are off unless profiling is on. */
  override showFdinfo(file: DrmFile, nowNs: number): string[] {
    const own = file instanceof PanthorFile ? internalBytes(file) : { resident: 0, active: 0 }
    return [
      `drm-maxfreq-panthor:\t${FREQUENCY_HZ} Hz`,
      `drm-curfreq-panthor:\t${FREQUENCY_HZ} Hz`,
      `panthor-resident-memory:\t${sizeText(own.resident)}`,
      `panthor-active-memory:\t${sizeText(own.active)}`,
      ...memoryStats(file, nowNs, true),
    ]
  }
}

/** panthor_show_internal_memory_stats(): buffers of groups and heaps, and those that the GPU uses now. */
function internalBytes(file: PanthorFile): { resident: number; active: number } {
  let [resident, active] = [0, 0]
  for (const { kernelBytes, vm } of file.groups()) {
    resident += kernelBytes
    if (vm.activeCount > 0) active += kernelBytes
  }
  for (const vm of file.vms()) {
    resident += heapPoolBytes(vm)
    if (vm.activeCount > 0) active += heapPoolBytes(vm)
  }
  return { resident, active }
}

/** Probes the device; its shrinker is registered with the kernel. */
export function createPanthorDevice(kernel: Kernel, jobNs?: number): PanthorDevice {
  const device = new PanthorDevice(kernel, jobNs)
  kernel.shrinkers.register(device.shrinker)
  kernel.steppedShrinkers.push(device.shrinker)
  return device
}
