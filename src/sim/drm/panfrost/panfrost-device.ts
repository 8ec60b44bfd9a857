/** Panfrost on the Mali-T860 of an RK3399: panfrost_device.c, panfrost_gpu.c (6.12). */
import type { DrmNode, DrmVersion } from '../../../backend/drm-calls.js'
import { PANFROST_PARAM } from '../../../backend/panfrost-calls.js'
import type { Kernel } from '../../kernel.js'
import { DrmDevice } from '../drm-device.js'
import { PanfrostFile } from './panfrost-file.js'
import { PanfrostGemShrinker } from './panfrost-gem-shrinker.js'

export class PanfrostDevice extends DrmDevice {
  readonly node: DrmNode = {
    renderNode: '/dev/dri/renderD128',
    primaryNode: '/dev/dri/card0',
    bus: 'platform',
    busName: 'ff9a0000.gpu',
    compatible: ['rockchip,rk3399-mali', 'arm,mali-t860'],
  }
  readonly version: DrmVersion = {
    name: 'panfrost',
    major: 1,
    minor: 2,
    patch: 0,
    date: '20180908',
    description: 'panfrost DRM',
  }
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
  ])
  readonly shrinker = new PanfrostGemShrinker(this)

  open(): PanfrostFile {
    return new PanfrostFile(this)
  }
}

/** Probes the device; its shrinker is registered with the kernel. */
export function createPanfrostDevice(kernel: Kernel): PanfrostDevice {
  const device = new PanfrostDevice(kernel)
  kernel.shrinkers.register(device.shrinker)
  kernel.steppedShrinkers.push(device.shrinker)
  return device
}
