// Requests that all DRM drivers share, after include/uapi/drm/drm.h and drm_mode.h.
// Declared here because older headers lack what newer kernels know. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct DrmGetCap {
  uint64_t capability;
  uint64_t value;  // out
};
static_assert(sizeof(DrmGetCap) == 16);
static_assert(offsetof(DrmGetCap, capability) == 0);
static_assert(offsetof(DrmGetCap, value) == 8);

struct DrmSetClientCap {
  uint64_t capability;
  uint64_t value;
};
static_assert(sizeof(DrmSetClientCap) == 16);
static_assert(offsetof(DrmSetClientCap, capability) == 0);
static_assert(offsetof(DrmSetClientCap, value) == 8);

struct DrmPrimeHandle {
  uint32_t handle;
  uint32_t flags;
  int32_t fd;
};
static_assert(sizeof(DrmPrimeHandle) == 12);
static_assert(offsetof(DrmPrimeHandle, handle) == 0);
static_assert(offsetof(DrmPrimeHandle, flags) == 4);
static_assert(offsetof(DrmPrimeHandle, fd) == 8);

struct DrmCreateDumb {
  uint32_t height;
  uint32_t width;
  uint32_t bpp;
  uint32_t flags;   // must be 0
  uint32_t handle;  // out
  uint32_t pitch;   // out
  uint64_t size;    // out
};
static_assert(sizeof(DrmCreateDumb) == 32);
static_assert(offsetof(DrmCreateDumb, height) == 0);
static_assert(offsetof(DrmCreateDumb, width) == 4);
static_assert(offsetof(DrmCreateDumb, bpp) == 8);
static_assert(offsetof(DrmCreateDumb, flags) == 12);
static_assert(offsetof(DrmCreateDumb, handle) == 16);
static_assert(offsetof(DrmCreateDumb, pitch) == 20);
static_assert(offsetof(DrmCreateDumb, size) == 24);

struct DrmMapDumb {
  uint32_t handle;
  uint32_t pad;
  uint64_t offset;  // out
};
static_assert(sizeof(DrmMapDumb) == 16);
static_assert(offsetof(DrmMapDumb, handle) == 0);
static_assert(offsetof(DrmMapDumb, pad) == 4);
static_assert(offsetof(DrmMapDumb, offset) == 8);

struct DrmDestroyDumb {
  uint32_t handle;
};
static_assert(sizeof(DrmDestroyDumb) == 4);
static_assert(offsetof(DrmDestroyDumb, handle) == 0);

inline constexpr unsigned long kDrmGetCap = _IOWR('d', 0x0c, DrmGetCap);
inline constexpr unsigned long kDrmSetClientCap = _IOW('d', 0x0d, DrmSetClientCap);
inline constexpr unsigned long kDrmPrimeHandleToFd = _IOWR('d', 0x2d, DrmPrimeHandle);
inline constexpr unsigned long kDrmPrimeFdToHandle = _IOWR('d', 0x2e, DrmPrimeHandle);
inline constexpr unsigned long kDrmCreateDumb = _IOWR('d', 0xb2, DrmCreateDumb);
inline constexpr unsigned long kDrmMapDumb = _IOWR('d', 0xb3, DrmMapDumb);
inline constexpr unsigned long kDrmDestroyDumb = _IOWR('d', 0xb4, DrmDestroyDumb);

static_assert(kDrmGetCap == 0xc010640c);
static_assert(kDrmSetClientCap == 0x4010640d);
static_assert(kDrmPrimeHandleToFd == 0xc00c642d);
static_assert(kDrmPrimeFdToHandle == 0xc00c642e);
static_assert(kDrmCreateDumb == 0xc02064b2);
static_assert(kDrmMapDumb == 0xc01064b3);
static_assert(kDrmDestroyDumb == 0xc00464b4);

}  // namespace gemrig::uapi
