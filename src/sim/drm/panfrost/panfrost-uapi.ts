/** What the versions of Panfrost's uAPI know: the comment above panfrost_drm_driver, panfrost_drv.c (6.1, 6.12, 7.2). */
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC, PANFROST_BO_WB_MMAP } from '../../../backend/panfrost-calls.js'
import type { DrmVersion } from '../../../backend/drm-calls.js'
import type { Release } from '../../kernel.js'

export interface PanfrostUapi {
  readonly minor: number
  readonly createFlags: number
  /** The highest parameter of GET_PARAM. */
  readonly lastParam: number
  /** show_fdinfo() came with 6.6. Since 6.14 what is zero is left out. */
  readonly fdinfo: 'none' | 'always' | 'not zero'
  /** The shrinker leaves out what another device has pinned. */
  readonly shrinkerHeedsPins: boolean
  readonly date: string
}

const UAPI_1_2 = {
  minor: 2,
  createFlags: PANFROST_BO_NOEXEC | PANFROST_BO_HEAP,
  // AFBC_FEATURES
  lastParam: 40,
  shrinkerHeedsPins: false,
  date: '20180908',
} as const

const UAPI_OF: Readonly<Record<Release, PanfrostUapi>> = {
  '6.1': { ...UAPI_1_2, fdinfo: 'none' },
  '6.12': { ...UAPI_1_2, fdinfo: 'always' },
  '7.2': {
    minor: 6,
    createFlags: PANFROST_BO_NOEXEC | PANFROST_BO_HEAP | PANFROST_BO_WB_MMAP,
    // SELECTED_COHERENCY
    lastParam: 44,
    fdinfo: 'not zero',
    shrinkerHeedsPins: true,
    // Drivers have no date any more, and VERSION answers this.
    date: '0',
  },
}

export function uapiOf(release: Release): PanfrostUapi {
  return UAPI_OF[release]
}

export function versionOf(uapi: PanfrostUapi): DrmVersion {
  const { minor, date } = uapi
  return { name: 'panfrost', major: 1, minor, patch: 0, date, description: 'panfrost DRM' }
}
