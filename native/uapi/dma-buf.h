// The bracket around CPU access to a dma-buf, after include/uapi/linux/dma-buf.h (Linux 4.6 and later).
#pragma once

#include <linux/ioctl.h>

#include <cstdint>

namespace gemrig::uapi {

struct DmaBufSync {
  uint64_t flags;  // READ 1, WRITE 2, END 4
};
static_assert(sizeof(DmaBufSync) == 8);

inline constexpr unsigned long kDmaBufSync = _IOW('b', 0, DmaBufSync);
static_assert(kDmaBufSync == 0x40086200);

}  // namespace gemrig::uapi
