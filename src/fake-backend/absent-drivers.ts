/** Drivers that the simulated machine does not have (absent-ioctl.ts says what they answer). */
import type { MsmCalls } from '../backend/msm-calls.js'
import type { Vc4Calls } from '../backend/vc4-calls.js'
import type { AbsentIoctl } from './absent-ioctl.js'

export function absentMsm({ drm }: AbsentIoctl): MsmCalls {
  return { gemNew: drm, gemInfo: drm, gemMadvise: drm, getParam: drm }
}

export function absentVc4({ drm }: AbsentIoctl): Vc4Calls {
  return { createBo: drm, mmapBo: drm, gemMadvise: drm, getParam: drm }
}
