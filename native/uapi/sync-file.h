// Fences as files, after include/uapi/linux/sync_file.h. The layouts are the same on 32 and 64-bit machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct SyncMergeData {
  char name[32];
  int32_t fd2;
  int32_t fence;   // out
  uint32_t flags;  // must be 0
  uint32_t pad;    // must be 0
};
static_assert(sizeof(SyncMergeData) == 48);
static_assert(offsetof(SyncMergeData, name) == 0);
static_assert(offsetof(SyncMergeData, fd2) == 32);
static_assert(offsetof(SyncMergeData, fence) == 36);
static_assert(offsetof(SyncMergeData, flags) == 40);
static_assert(offsetof(SyncMergeData, pad) == 44);

struct SyncFileInfo {
  char name[32];             // out
  int32_t status;            // out
  uint32_t flags;            // must be 0
  uint32_t num_fences;       // in: room; out
  uint32_t pad;              // must be 0
  uint64_t sync_fence_info;  // pointer; 0 for none
};
static_assert(sizeof(SyncFileInfo) == 56);
static_assert(offsetof(SyncFileInfo, name) == 0);
static_assert(offsetof(SyncFileInfo, status) == 32);
static_assert(offsetof(SyncFileInfo, flags) == 36);
static_assert(offsetof(SyncFileInfo, num_fences) == 40);
static_assert(offsetof(SyncFileInfo, pad) == 44);
static_assert(offsetof(SyncFileInfo, sync_fence_info) == 48);

inline constexpr unsigned long kSyncMerge = _IOWR('>', 3, SyncMergeData);
inline constexpr unsigned long kSyncFileInfoRequest = _IOWR('>', 4, SyncFileInfo);

static_assert(kSyncMerge == 0xc0303e03);
static_assert(kSyncFileInfoRequest == 0xc0383e04);

}  // namespace gemrig::uapi
