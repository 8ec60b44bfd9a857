// vgem's fences, after include/uapi/drm/vgem_drm.h. The layouts are the same on 32 and 64-bit machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct VgemFenceAttach {
  uint32_t handle;
  uint32_t flags;
  uint32_t out_fence;  // out
  uint32_t pad;        // must be 0
};
static_assert(sizeof(VgemFenceAttach) == 16);
static_assert(offsetof(VgemFenceAttach, handle) == 0);
static_assert(offsetof(VgemFenceAttach, flags) == 4);
static_assert(offsetof(VgemFenceAttach, out_fence) == 8);
static_assert(offsetof(VgemFenceAttach, pad) == 12);

struct VgemFenceSignal {
  uint32_t fence;
  uint32_t flags;  // must be 0
};
static_assert(sizeof(VgemFenceSignal) == 8);
static_assert(offsetof(VgemFenceSignal, fence) == 0);
static_assert(offsetof(VgemFenceSignal, flags) == 4);

inline constexpr unsigned long kVgemFenceAttach = _IOWR('d', 0x41, VgemFenceAttach);
inline constexpr unsigned long kVgemFenceSignal = _IOW('d', 0x42, VgemFenceSignal);

static_assert(kVgemFenceAttach == 0xc0106441);
static_assert(kVgemFenceSignal == 0x40086442);

}  // namespace gemrig::uapi
