/** The calls that every DRM driver shares: drivers/gpu/drm/drm_ioctl.c, drm_gem.c; libdrm's xf86drm.h. */
import type { NegativeErrno, Outcome } from './outcome.js'

/** A DRM device of the machine, as drmGetDevices2(3) tells of it without opening it. */
export interface DrmNode {
  /** The node that needs no DRM master, for instance `/dev/dri/renderD128`; absent when the driver has none. */
  readonly renderNode?: string
  /** `/dev/dri/card0`; absent when the driver registers none (panthor has only a render node). */
  readonly primaryNode?: string
  readonly bus: 'pci' | 'usb' | 'platform' | 'host1x' | 'faux' | 'virtual' | 'unknown'
  /** The device's name on its bus: `7f000000.gpu`, `0000:01:00.0`. */
  readonly busName: string
  /** Device tree compatible strings, most specific first; empty where there is no device tree. */
  readonly compatible: readonly string[]
}

/** DRM_IOCTL_VERSION. */
export interface DrmVersion {
  readonly name: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly date: string
  readonly description: string
}

export interface DrmCalls {
  /** All DRM devices of the machine; an empty list when there is none. */
  listNodes(): Outcome<DrmNode[]>
  /** open(2) with O_RDWR | O_CLOEXEC: a file descriptor. ENOENT, EACCES, EPERM. Any path opens; ask `version`. */
  open(path: string): number
  /** close(2). EBADF. */
  close(fd: number): NegativeErrno | 0
  /** DRM_IOCTL_VERSION. ENOTTY or EINVAL when the file is not a DRM node. */
  version(fd: number): Outcome<DrmVersion>
  /** DRM_IOCTL_GEM_CLOSE. EINVAL when the handle is not in this file's table. */
  gemClose(fd: number, handle: number): NegativeErrno | 0
}
