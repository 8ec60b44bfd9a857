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

struct PanfrostSubmit {
  uint64_t jc;
  uint64_t in_syncs;  // pointer to u32
  uint32_t in_sync_count;
  uint32_t out_sync;
  uint64_t bo_handles;  // pointer to u32
  uint32_t bo_handle_count;
  uint32_t requirements;
  uint32_t jm_ctx_handle;  // 1.5: older kernels read 40 bytes
  uint32_t pad;            // must be 0
};
static_assert(sizeof(PanfrostSubmit) == 48);
static_assert(offsetof(PanfrostSubmit, bo_handles) == 24);
static_assert(offsetof(PanfrostSubmit, jm_ctx_handle) == 40);

struct PanfrostWaitBo {
  uint32_t handle;
  uint32_t pad;        // must be 0
  int64_t timeout_ns;  // absolute
};
static_assert(sizeof(PanfrostWaitBo) == 16);
static_assert(offsetof(PanfrostWaitBo, timeout_ns) == 8);

struct PanfrostGetBoOffset {
  uint32_t handle;
  uint32_t pad;
  uint64_t offset;  // out
};
static_assert(sizeof(PanfrostGetBoOffset) == 16);
static_assert(offsetof(PanfrostGetBoOffset, offset) == 8);

struct PanfrostSetLabelBo {
  uint32_t handle;
  uint32_t pad;    // must be 0
  uint64_t label;  // pointer; 0 clears
};
static_assert(sizeof(PanfrostSetLabelBo) == 16);
static_assert(offsetof(PanfrostSetLabelBo, label) == 8);

struct PanfrostJmCtxCreate {
  uint32_t handle;  // out
  uint32_t priority;
};
static_assert(sizeof(PanfrostJmCtxCreate) == 8);
static_assert(offsetof(PanfrostJmCtxCreate, priority) == 4);

struct PanfrostJmCtxDestroy {
  uint32_t handle;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(PanfrostJmCtxDestroy) == 8);

struct PanfrostBoSyncOp {
  uint32_t handle;
  uint32_t type;
  uint32_t offset;
  uint32_t size;
};
static_assert(sizeof(PanfrostBoSyncOp) == 16);
static_assert(offsetof(PanfrostBoSyncOp, size) == 12);

struct PanfrostSyncBo {
  uint64_t ops;  // pointer to PanfrostBoSyncOp
  uint32_t op_count;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(PanfrostSyncBo) == 16);
static_assert(offsetof(PanfrostSyncBo, op_count) == 8);

struct PanfrostQueryBoInfo {
  uint32_t handle;
  uint32_t extra_flags;   // out
  uint32_t create_flags;  // out
  uint32_t pad;
};
static_assert(sizeof(PanfrostQueryBoInfo) == 16);
static_assert(offsetof(PanfrostQueryBoInfo, create_flags) == 8);

// DRM_COMMAND_BASE is 0x40; 'd' is the type byte of every DRM request.
inline constexpr unsigned long kPanfrostSubmit = _IOW('d', 0x40, PanfrostSubmit);
inline constexpr unsigned long kPanfrostWaitBo = _IOW('d', 0x41, PanfrostWaitBo);
inline constexpr unsigned long kPanfrostCreateBo = _IOWR('d', 0x42, PanfrostCreateBo);
inline constexpr unsigned long kPanfrostMmapBo = _IOWR('d', 0x43, PanfrostMmapBo);
inline constexpr unsigned long kPanfrostGetParam = _IOWR('d', 0x44, PanfrostGetParam);
inline constexpr unsigned long kPanfrostGetBoOffset = _IOWR('d', 0x45, PanfrostGetBoOffset);
inline constexpr unsigned long kPanfrostMadvise = _IOWR('d', 0x48, PanfrostMadvise);
inline constexpr unsigned long kPanfrostSetLabelBo = _IOWR('d', 0x49, PanfrostSetLabelBo);
inline constexpr unsigned long kPanfrostJmCtxCreate = _IOWR('d', 0x4a, PanfrostJmCtxCreate);
inline constexpr unsigned long kPanfrostJmCtxDestroy = _IOWR('d', 0x4b, PanfrostJmCtxDestroy);
inline constexpr unsigned long kPanfrostSyncBo = _IOWR('d', 0x4c, PanfrostSyncBo);
inline constexpr unsigned long kPanfrostQueryBoInfo = _IOWR('d', 0x4d, PanfrostQueryBoInfo);
static_assert(kPanfrostSubmit == 0x40306440);
static_assert(kPanfrostWaitBo == 0x40106441);
static_assert(kPanfrostCreateBo == 0xc0186442);
static_assert(kPanfrostMmapBo == 0xc0106443);
static_assert(kPanfrostGetParam == 0xc0106444);
static_assert(kPanfrostGetBoOffset == 0xc0106445);
static_assert(kPanfrostMadvise == 0xc00c6448);
static_assert(kPanfrostSetLabelBo == 0xc0106449);
static_assert(kPanfrostJmCtxCreate == 0xc008644a);
static_assert(kPanfrostJmCtxDestroy == 0xc008644b);
static_assert(kPanfrostSyncBo == 0xc010644c);
static_assert(kPanfrostQueryBoInfo == 0xc010644d);

}  // namespace gemrig::uapi
