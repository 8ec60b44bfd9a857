// msm's memory requests (Adreno), after include/uapi/drm/msm_drm.h. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct MsmParam {
  uint32_t pipe;
  uint32_t param;
  uint64_t value;  // out
  uint32_t len;    // 0
  uint32_t pad;    // must be 0
};
static_assert(sizeof(MsmParam) == 24);
static_assert(offsetof(MsmParam, pipe) == 0);
static_assert(offsetof(MsmParam, param) == 4);
static_assert(offsetof(MsmParam, value) == 8);
static_assert(offsetof(MsmParam, len) == 16);
static_assert(offsetof(MsmParam, pad) == 20);

struct MsmGemNew {
  uint64_t size;
  uint32_t flags;
  uint32_t handle;  // out
};
static_assert(sizeof(MsmGemNew) == 16);
static_assert(offsetof(MsmGemNew, size) == 0);
static_assert(offsetof(MsmGemNew, flags) == 8);
static_assert(offsetof(MsmGemNew, handle) == 12);

struct MsmGemInfo {
  uint32_t handle;
  uint32_t info;
  uint64_t value;  // out
  uint32_t len;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(MsmGemInfo) == 24);
static_assert(offsetof(MsmGemInfo, handle) == 0);
static_assert(offsetof(MsmGemInfo, info) == 4);
static_assert(offsetof(MsmGemInfo, value) == 8);
static_assert(offsetof(MsmGemInfo, len) == 16);
static_assert(offsetof(MsmGemInfo, pad) == 20);

struct MsmGemMadvise {
  uint32_t handle;
  uint32_t madv;
  uint32_t retained;  // out
};
static_assert(sizeof(MsmGemMadvise) == 12);
static_assert(offsetof(MsmGemMadvise, handle) == 0);
static_assert(offsetof(MsmGemMadvise, madv) == 4);
static_assert(offsetof(MsmGemMadvise, retained) == 8);

inline constexpr unsigned long kMsmGetParam = _IOWR('d', 0x40, MsmParam);
inline constexpr unsigned long kMsmGemNew = _IOWR('d', 0x42, MsmGemNew);
inline constexpr unsigned long kMsmGemInfo = _IOWR('d', 0x43, MsmGemInfo);
inline constexpr unsigned long kMsmGemMadvise = _IOWR('d', 0x48, MsmGemMadvise);

static_assert(kMsmGetParam == 0xc0186440);
static_assert(kMsmGemNew == 0xc0106442);
static_assert(kMsmGemInfo == 0xc0186443);
static_assert(kMsmGemMadvise == 0xc00c6448);

inline constexpr uint32_t kMsmInfoGetOffset = 0;

}  // namespace gemrig::uapi
