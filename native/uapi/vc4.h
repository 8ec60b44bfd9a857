// vc4's memory requests, after include/uapi/drm/vc4_drm.h. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct Vc4CreateBo {
  uint32_t size;
  uint32_t flags;   // must be 0
  uint32_t handle;  // out
  uint32_t pad;
};
static_assert(sizeof(Vc4CreateBo) == 16);
static_assert(offsetof(Vc4CreateBo, size) == 0);
static_assert(offsetof(Vc4CreateBo, flags) == 4);
static_assert(offsetof(Vc4CreateBo, handle) == 8);
static_assert(offsetof(Vc4CreateBo, pad) == 12);

struct Vc4MmapBo {
  uint32_t handle;
  uint32_t flags;   // must be 0
  uint64_t offset;  // out
};
static_assert(sizeof(Vc4MmapBo) == 16);
static_assert(offsetof(Vc4MmapBo, handle) == 0);
static_assert(offsetof(Vc4MmapBo, flags) == 4);
static_assert(offsetof(Vc4MmapBo, offset) == 8);

struct Vc4GetParam {
  uint32_t param;
  uint32_t pad;    // must be 0
  uint64_t value;  // out
};
static_assert(sizeof(Vc4GetParam) == 16);
static_assert(offsetof(Vc4GetParam, param) == 0);
static_assert(offsetof(Vc4GetParam, pad) == 4);
static_assert(offsetof(Vc4GetParam, value) == 8);

struct Vc4GemMadvise {
  uint32_t handle;
  uint32_t madv;
  uint32_t retained;  // out
  uint32_t pad;       // must be 0
};
static_assert(sizeof(Vc4GemMadvise) == 16);
static_assert(offsetof(Vc4GemMadvise, handle) == 0);
static_assert(offsetof(Vc4GemMadvise, madv) == 4);
static_assert(offsetof(Vc4GemMadvise, retained) == 8);
static_assert(offsetof(Vc4GemMadvise, pad) == 12);

inline constexpr unsigned long kVc4CreateBo = _IOWR('d', 0x43, Vc4CreateBo);
inline constexpr unsigned long kVc4MmapBo = _IOWR('d', 0x44, Vc4MmapBo);
inline constexpr unsigned long kVc4GetParam = _IOWR('d', 0x47, Vc4GetParam);
inline constexpr unsigned long kVc4GemMadvise = _IOWR('d', 0x4b, Vc4GemMadvise);

static_assert(kVc4CreateBo == 0xc0106443);
static_assert(kVc4MmapBo == 0xc0106444);
static_assert(kVc4GetParam == 0xc0106447);
static_assert(kVc4GemMadvise == 0xc010644b);

}  // namespace gemrig::uapi
