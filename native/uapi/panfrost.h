// Panfrost's requests and their layouts, after include/uapi/drm/panfrost_drm.h (Linux 4.20 and later).
// Declared here because older headers lack what newer kernels know. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct PanfrostCreateBo {
  uint32_t size;
  uint32_t flags;
  uint32_t handle;  // out
  uint32_t pad;     // must be 0
  uint64_t offset;  // out: address for the GPU
};
static_assert(sizeof(PanfrostCreateBo) == 24);
static_assert(offsetof(PanfrostCreateBo, handle) == 8);
static_assert(offsetof(PanfrostCreateBo, offset) == 16);

struct PanfrostMmapBo {
  uint32_t handle;
  uint32_t flags;   // must be 0
  uint64_t offset;  // out: file offset for mmap
};
static_assert(sizeof(PanfrostMmapBo) == 16);
static_assert(offsetof(PanfrostMmapBo, offset) == 8);

struct PanfrostGetParam {
  uint32_t param;
  uint32_t pad;    // must be 0
  uint64_t value;  // out
};
static_assert(sizeof(PanfrostGetParam) == 16);
static_assert(offsetof(PanfrostGetParam, value) == 8);

struct PanfrostMadvise {
  uint32_t handle;
  uint32_t madv;
  uint32_t retained;  // out: 0 when the pages are gone
};
static_assert(sizeof(PanfrostMadvise) == 12);
static_assert(offsetof(PanfrostMadvise, retained) == 8);

// DRM_COMMAND_BASE is 0x40; 'd' is the type byte of every DRM request.
inline constexpr unsigned long kPanfrostCreateBo = _IOWR('d', 0x42, PanfrostCreateBo);
inline constexpr unsigned long kPanfrostMmapBo = _IOWR('d', 0x43, PanfrostMmapBo);
inline constexpr unsigned long kPanfrostGetParam = _IOWR('d', 0x44, PanfrostGetParam);
inline constexpr unsigned long kPanfrostMadvise = _IOWR('d', 0x48, PanfrostMadvise);
static_assert(kPanfrostCreateBo == 0xc0186442);
static_assert(kPanfrostMmapBo == 0xc0106443);
static_assert(kPanfrostGetParam == 0xc0106444);
static_assert(kPanfrostMadvise == 0xc00c6448);

}  // namespace gemrig::uapi
