// DRM's synchronization objects, after include/uapi/drm/drm.h.
// Declared here because older headers lack what newer kernels know. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct SyncobjCreate {
  uint32_t handle;  // out
  uint32_t flags;
};
static_assert(sizeof(SyncobjCreate) == 8);
static_assert(offsetof(SyncobjCreate, handle) == 0);
static_assert(offsetof(SyncobjCreate, flags) == 4);

struct SyncobjDestroy {
  uint32_t handle;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(SyncobjDestroy) == 8);
static_assert(offsetof(SyncobjDestroy, handle) == 0);
static_assert(offsetof(SyncobjDestroy, pad) == 4);

struct SyncobjHandle {
  uint32_t handle;
  uint32_t flags;
  int32_t fd;
  uint32_t pad;    // must be 0
  uint64_t point;  // must be 0 without the flag for timelines
};
static_assert(sizeof(SyncobjHandle) == 24);
static_assert(offsetof(SyncobjHandle, handle) == 0);
static_assert(offsetof(SyncobjHandle, flags) == 4);
static_assert(offsetof(SyncobjHandle, fd) == 8);
static_assert(offsetof(SyncobjHandle, pad) == 12);
static_assert(offsetof(SyncobjHandle, point) == 16);

struct SyncobjWait {
  uint64_t handles;      // pointer to u32
  int64_t timeout_nsec;  // absolute
  uint32_t count_handles;
  uint32_t flags;
  uint32_t first_signaled;  // out
  uint32_t pad;
  uint64_t deadline_nsec;
};
static_assert(sizeof(SyncobjWait) == 40);
static_assert(offsetof(SyncobjWait, handles) == 0);
static_assert(offsetof(SyncobjWait, timeout_nsec) == 8);
static_assert(offsetof(SyncobjWait, count_handles) == 16);
static_assert(offsetof(SyncobjWait, flags) == 20);
static_assert(offsetof(SyncobjWait, first_signaled) == 24);
static_assert(offsetof(SyncobjWait, pad) == 28);
static_assert(offsetof(SyncobjWait, deadline_nsec) == 32);

struct SyncobjTimelineWait {
  uint64_t handles;
  uint64_t points;       // pointer to u64
  int64_t timeout_nsec;  // absolute
  uint32_t count_handles;
  uint32_t flags;
  uint32_t first_signaled;  // out
  uint32_t pad;
  uint64_t deadline_nsec;
};
static_assert(sizeof(SyncobjTimelineWait) == 48);
static_assert(offsetof(SyncobjTimelineWait, handles) == 0);
static_assert(offsetof(SyncobjTimelineWait, points) == 8);
static_assert(offsetof(SyncobjTimelineWait, timeout_nsec) == 16);
static_assert(offsetof(SyncobjTimelineWait, count_handles) == 24);
static_assert(offsetof(SyncobjTimelineWait, flags) == 28);
static_assert(offsetof(SyncobjTimelineWait, first_signaled) == 32);
static_assert(offsetof(SyncobjTimelineWait, pad) == 36);
static_assert(offsetof(SyncobjTimelineWait, deadline_nsec) == 40);

struct SyncobjArray {
  uint64_t handles;
  uint32_t count_handles;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(SyncobjArray) == 16);
static_assert(offsetof(SyncobjArray, handles) == 0);
static_assert(offsetof(SyncobjArray, count_handles) == 8);
static_assert(offsetof(SyncobjArray, pad) == 12);

struct SyncobjTimelineArray {
  uint64_t handles;
  uint64_t points;
  uint32_t count_handles;
  uint32_t flags;
};
static_assert(sizeof(SyncobjTimelineArray) == 24);
static_assert(offsetof(SyncobjTimelineArray, handles) == 0);
static_assert(offsetof(SyncobjTimelineArray, points) == 8);
static_assert(offsetof(SyncobjTimelineArray, count_handles) == 16);
static_assert(offsetof(SyncobjTimelineArray, flags) == 20);

inline constexpr unsigned long kSyncobjCreate = _IOWR('d', 0xbf, SyncobjCreate);
inline constexpr unsigned long kSyncobjDestroy = _IOWR('d', 0xc0, SyncobjDestroy);
inline constexpr unsigned long kSyncobjHandleToFd = _IOWR('d', 0xc1, SyncobjHandle);
inline constexpr unsigned long kSyncobjFdToHandle = _IOWR('d', 0xc2, SyncobjHandle);
inline constexpr unsigned long kSyncobjWait = _IOWR('d', 0xc3, SyncobjWait);
inline constexpr unsigned long kSyncobjReset = _IOWR('d', 0xc4, SyncobjArray);
inline constexpr unsigned long kSyncobjSignal = _IOWR('d', 0xc5, SyncobjArray);
inline constexpr unsigned long kSyncobjTimelineWait = _IOWR('d', 0xca, SyncobjTimelineWait);
inline constexpr unsigned long kSyncobjQuery = _IOWR('d', 0xcb, SyncobjTimelineArray);
inline constexpr unsigned long kSyncobjTimelineSignal = _IOWR('d', 0xcd, SyncobjTimelineArray);

static_assert(kSyncobjCreate == 0xc00864bf);
static_assert(kSyncobjDestroy == 0xc00864c0);
static_assert(kSyncobjHandleToFd == 0xc01864c1);
static_assert(kSyncobjFdToHandle == 0xc01864c2);
static_assert(kSyncobjWait == 0xc02864c3);
static_assert(kSyncobjReset == 0xc01064c4);
static_assert(kSyncobjSignal == 0xc01064c5);
static_assert(kSyncobjTimelineWait == 0xc03064ca);
static_assert(kSyncobjQuery == 0xc01864cb);
static_assert(kSyncobjTimelineSignal == 0xc01864cd);

// Of SyncobjHandle: the fd is a sync file's, both ways.
inline constexpr uint32_t kSyncobjSyncFile = 1;

}  // namespace gemrig::uapi
