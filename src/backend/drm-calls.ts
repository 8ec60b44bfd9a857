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

/** Capabilities of DRM_IOCTL_GET_CAP, without the DRM_CAP_ prefix. */
export const DRM_CAP = {
  DUMB_BUFFER: 0x1,
  VBLANK_HIGH_CRTC: 0x2,
  DUMB_PREFERRED_DEPTH: 0x3,
  DUMB_PREFER_SHADOW: 0x4,
  PRIME: 0x5,
  TIMESTAMP_MONOTONIC: 0x6,
  ASYNC_PAGE_FLIP: 0x7,
  CURSOR_WIDTH: 0x8,
  CURSOR_HEIGHT: 0x9,
  ADDFB2_MODIFIERS: 0x10,
  PAGE_FLIP_TARGET: 0x11,
  CRTC_IN_VBLANK_EVENT: 0x12,
  SYNCOBJ: 0x13,
  SYNCOBJ_TIMELINE: 0x14,
  ATOMIC_ASYNC_PAGE_FLIP: 0x15,
} as const

/** What a client can tell DRM_IOCTL_SET_CLIENT_CAP, without the DRM_CLIENT_CAP_ prefix. */
export const DRM_CLIENT_CAP = {
  STEREO_3D: 1,
  UNIVERSAL_PLANES: 2,
  ATOMIC: 3,
  ASPECT_RATIO: 4,
  WRITEBACK_CONNECTORS: 5,
  CURSOR_PLANE_HOTSPOT: 6,
  PLANE_COLOR_PIPELINE: 7,
} as const

/** Flags of PRIME_HANDLE_TO_FD: O_CLOEXEC and O_RDWR of asm-generic. Without RDWR the dma-buf cannot be mapped writable. */
export const DRM_CLOEXEC = 0o2000000
export const DRM_RDWR = 0o2

export interface DumbBuffer {
  readonly handle: number
  /** Bytes from one line to the next. */
  readonly pitchBytes: number
  readonly sizeBytes: bigint
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
  /** DRM_IOCTL_GEM_CLOSE of many, in order: how many it closed. Stops at the first that is refused: its index. */
  gemCloseMany(fd: number, handles: Uint32Array): number
  /** DRM_IOCTL_GET_CAP. EINVAL unknown; EOPNOTSUPP for one of displays on a device without them. */
  getCap(fd: number, capability: number): Outcome<{ readonly value: bigint }>
  /** DRM_IOCTL_SET_CLIENT_CAP. EACCES on a render node; EINVAL; EOPNOTSUPP. */
  setClientCap(fd: number, capability: number, value: bigint): NegativeErrno | 0
  /** PRIME_HANDLE_TO_FD: the file descriptor of a dma-buf. ENOENT unknown handle; EINVAL flags; ENOSYS; EMFILE. */
  primeHandleToFd(fd: number, handle: number, flags: number): number
  /**
   * PRIME_FD_TO_HANDLE: a GEM handle, which is the one that this file holds already when it has the buffer. EBADF no
   * such descriptor; EINVAL no dma-buf; ENOSYS, and whatever the driver says of a buffer that it cannot use.
   */
  primeFdToHandle(fd: number, dmaBufFd: number): number
  /** MODE_CREATE_DUMB. EACCES on a render node; ENOSYS when the driver has none; EINVAL for 0 or what overflows. */
  createDumb(fd: number, width: number, height: number, bitsPerPixel: number): Outcome<DumbBuffer>
  /** MODE_MAP_DUMB: the file offset to hand to mmap. ENOENT; EACCES on a render node. */
  mapDumb(fd: number, handle: number): Outcome<{ readonly offset: bigint }>
  /** MODE_DESTROY_DUMB: closes the handle. EINVAL unknown; EACCES on a render node. */
  destroyDumb(fd: number, handle: number): NegativeErrno | 0
}
