/** What Panthor's DEV_QUERY tells, typed: the structs of panthor_drm.h with their fields in the kernel's order. */

export interface PanthorGpuInfo {
  readonly gpuId: number
  readonly gpuRev: number
  readonly csfId: number
  readonly l2Features: number
  readonly tilerFeatures: number
  readonly memFeatures: number
  readonly mmuFeatures: number
  readonly threadFeatures: number
  readonly maxThreads: number
  readonly threadMaxWorkgroupSize: number
  readonly threadMaxBarrierSize: number
  readonly coherencyFeatures: number
  readonly textureFeatures: readonly number[]
  readonly asPresent: number
  /** 1.7: 0 ACE-Lite, 1 ACE, 31 none. */
  readonly selectedCoherency: number
  readonly shaderPresent: bigint
  readonly l2Present: bigint
  readonly tilerPresent: bigint
  readonly coreFeatures: number
  readonly gpuFeatures: bigint
}

export interface PanthorCsifInfo {
  readonly csgSlotCount: number
  readonly csSlotCount: number
  readonly csRegCount: number
  readonly scoreboardSlotCount: number
  readonly unpreservedCsRegCount: number
}

/** Since 1.1. */
export interface PanthorTimestampInfo {
  /** Ticks of the GPU's timer each second; 0 when unknown. */
  readonly timestampFrequency: bigint
  readonly currentTimestamp: bigint
  readonly timestampOffset: bigint
}

/** Since 1.2: a bit for each allowed priority. */
export interface PanthorGroupPrioritiesInfo {
  readonly allowedMask: number
}

/** The kinds of DEV_QUERY and what each answers. */
export interface PanthorQueries {
  readonly gpuInfo: PanthorGpuInfo
  readonly csifInfo: PanthorCsifInfo
  readonly timestampInfo: PanthorTimestampInfo
  readonly groupPrioritiesInfo: PanthorGroupPrioritiesInfo
}
