// i915's memory requests, after include/uapi/drm/i915_drm.h. All but GetParam have the same layout on 32 and
// 64-bit machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct I915GemCreate {
  uint64_t size;    // in and out
  uint32_t handle;  // out
  uint32_t pad;
};
static_assert(sizeof(I915GemCreate) == 16);
static_assert(offsetof(I915GemCreate, size) == 0);
static_assert(offsetof(I915GemCreate, handle) == 8);
static_assert(offsetof(I915GemCreate, pad) == 12);

struct I915GemCreateExt {
  uint64_t size;    // in and out
  uint32_t handle;  // out
  uint32_t flags;
  uint64_t extensions;  // pointer to the first
};
static_assert(sizeof(I915GemCreateExt) == 24);
static_assert(offsetof(I915GemCreateExt, size) == 0);
static_assert(offsetof(I915GemCreateExt, handle) == 8);
static_assert(offsetof(I915GemCreateExt, flags) == 12);
static_assert(offsetof(I915GemCreateExt, extensions) == 16);

struct I915MemoryRegion {
  uint16_t memory_class;
  uint16_t memory_instance;
};
static_assert(sizeof(I915MemoryRegion) == 4);
static_assert(offsetof(I915MemoryRegion, memory_class) == 0);
static_assert(offsetof(I915MemoryRegion, memory_instance) == 2);

struct I915MemoryRegions {
  uint64_t next_extension;
  uint32_t name;     // 0
  uint32_t flags;    // must be 0
  uint32_t rsvd[4];  // must be 0
  uint32_t pad;
  uint32_t num_regions;
  uint64_t regions;  // pointer
};
static_assert(sizeof(I915MemoryRegions) == 48);
static_assert(offsetof(I915MemoryRegions, next_extension) == 0);
static_assert(offsetof(I915MemoryRegions, name) == 8);
static_assert(offsetof(I915MemoryRegions, flags) == 12);
static_assert(offsetof(I915MemoryRegions, rsvd) == 16);
static_assert(offsetof(I915MemoryRegions, pad) == 32);
static_assert(offsetof(I915MemoryRegions, num_regions) == 36);
static_assert(offsetof(I915MemoryRegions, regions) == 40);

struct I915GemMmapOffset {
  uint32_t handle;
  uint32_t pad;
  uint64_t offset;  // out
  uint64_t flags;
  uint64_t extensions;  // must be 0
};
static_assert(sizeof(I915GemMmapOffset) == 32);
static_assert(offsetof(I915GemMmapOffset, handle) == 0);
static_assert(offsetof(I915GemMmapOffset, pad) == 4);
static_assert(offsetof(I915GemMmapOffset, offset) == 8);
static_assert(offsetof(I915GemMmapOffset, flags) == 16);
static_assert(offsetof(I915GemMmapOffset, extensions) == 24);

struct I915GemMadvise {
  uint32_t handle;
  uint32_t madv;
  uint32_t retained;  // out
};
static_assert(sizeof(I915GemMadvise) == 12);
static_assert(offsetof(I915GemMadvise, handle) == 0);
static_assert(offsetof(I915GemMadvise, madv) == 4);
static_assert(offsetof(I915GemMadvise, retained) == 8);

struct I915GemGetAperture {
  uint64_t aper_size;            // out
  uint64_t aper_available_size;  // out
};
static_assert(sizeof(I915GemGetAperture) == 16);
static_assert(offsetof(I915GemGetAperture, aper_size) == 0);
static_assert(offsetof(I915GemGetAperture, aper_available_size) == 8);

struct I915GetParam {
  int32_t param;
  int* value;  // out
};
static_assert(sizeof(I915GetParam) == 2 * sizeof(void*));
static_assert(offsetof(I915GetParam, param) == 0);
static_assert(offsetof(I915GetParam, value) == sizeof(void*));

inline constexpr unsigned long kI915GetParam = _IOWR('d', 0x46, I915GetParam);
inline constexpr unsigned long kI915GemCreate = _IOWR('d', 0x5b, I915GemCreate);
inline constexpr unsigned long kI915GemGetAperture = _IOR('d', 0x63, I915GemGetAperture);
inline constexpr unsigned long kI915GemMmapOffset = _IOWR('d', 0x64, I915GemMmapOffset);
inline constexpr unsigned long kI915GemMadvise = _IOWR('d', 0x66, I915GemMadvise);
inline constexpr unsigned long kI915GemCreateExt = _IOWR('d', 0x7c, I915GemCreateExt);

static_assert(kI915GemCreate == 0xc010645b);
static_assert(kI915GemGetAperture == 0x80106463);
static_assert(kI915GemMmapOffset == 0xc0206464);
static_assert(kI915GemMadvise == 0xc00c6466);
static_assert(kI915GemCreateExt == 0xc018647c);

inline constexpr uint64_t kI915MmapOffsetWb = 2;

}  // namespace gemrig::uapi
