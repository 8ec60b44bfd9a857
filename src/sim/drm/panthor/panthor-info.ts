/** What DEV_QUERY tells: panthor_ioctl_dev_query(), panthor_drv.c (7.2), with the registers of an RK3588's Mali-G610. */
import type { PanthorCsifInfo, PanthorGpuInfo, PanthorQueries } from '../../../backend/panthor-queries.js'
import type { PanthorFile } from './panthor-file.js'

/** The architected timer of an RK3588. */
const TIMER_HZ = 24_000_000n

export const GPU_INFO: PanthorGpuInfo = {
  gpuId: 0xa867_0000,
  gpuRev: 0,
  csfId: 0x040a_0412,
  l2Features: 0x0712_0306,
  tilerFeatures: 0x809,
  memFeatures: 0x301,
  // 48 bits of virtual, 40 of physical addresses.
  mmuFeatures: 0x2830,
  threadFeatures: 0x0401_0000,
  maxThreads: 0x800,
  threadMaxWorkgroupSize: 0x400,
  threadMaxBarrierSize: 0x400,
  coherencyFeatures: 0,
  textureFeatures: [0xc1ff_ff9e, 0xffff, 0xc1ff_ffff, 0xffff],
  asPresent: 0xff,
  // None: the CPU's caches are not the GPU's.
  selectedCoherency: 31,
  shaderPresent: 0x5_0005n,
  l2Present: 1n,
  tilerPresent: 1n,
  coreFeatures: 0,
  gpuFeatures: 0n,
}

export const CSIF_INFO: PanthorCsifInfo = {
  csgSlotCount: 8,
  csSlotCount: 8,
  csRegCount: 96,
  scoreboardSlotCount: 8,
  unpreservedCsRegCount: 4,
}

/** Of a group, for its state in normal and in protected mode each: what the firmware asks for. */
export const SUSPEND_BYTES = 0x1000

export function devQuery<Kind extends keyof PanthorQueries>(
  file: PanthorFile,
  kind: Kind,
): PanthorQueries[Kind] {
  const queries: PanthorQueries = {
    gpuInfo: GPU_INFO,
    csifInfo: CSIF_INFO,
    timestampInfo: {
      timestampFrequency: TIMER_HZ,
      currentTimestamp: (BigInt(Math.floor(file.device.kernel.taskNowNs())) * TIMER_HZ) / 1_000_000_000n,
      timestampOffset: 0n,
    },
    // Everybody is root here, who may have each of them.
    groupPrioritiesInfo: { allowedMask: 0b1111 },
  }
  return queries[kind]
}
