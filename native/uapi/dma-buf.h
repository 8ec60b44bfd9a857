// CPU access, names and fences of a dma-buf, after include/uapi/linux/dma-buf.h (Linux 4.6 and later).
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct DmaBufSync {
  uint64_t flags;  // READ 1, WRITE 2, END 4
};
static_assert(sizeof(DmaBufSync) == 8);

struct DmaBufExportSyncFile {
  uint32_t flags;
  int32_t fd;  // out
};
static_assert(sizeof(DmaBufExportSyncFile) == 8);
static_assert(offsetof(DmaBufExportSyncFile, fd) == 4);

struct DmaBufImportSyncFile {
  uint32_t flags;
  int32_t fd;
};
static_assert(sizeof(DmaBufImportSyncFile) == 8);
static_assert(offsetof(DmaBufImportSyncFile, fd) == 4);

inline constexpr unsigned long kDmaBufSync = _IOW('b', 0, DmaBufSync);
// The argument is the name itself. The number differs with the size of a pointer; kernels take both.
inline constexpr unsigned long kDmaBufSetName = _IOW('b', 1, const char*);
inline constexpr unsigned long kDmaBufExportSyncFile = _IOWR('b', 2, DmaBufExportSyncFile);
inline constexpr unsigned long kDmaBufImportSyncFile = _IOW('b', 3, DmaBufImportSyncFile);
static_assert(kDmaBufSetName == (sizeof(void*) == 8 ? 0x40086201 : 0x40046201));
static_assert(kDmaBufExportSyncFile == 0xc0086202);
static_assert(kDmaBufImportSyncFile == 0x40086203);
static_assert(kDmaBufSync == 0x40086200);

}  // namespace gemrig::uapi
