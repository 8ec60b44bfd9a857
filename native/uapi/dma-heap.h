// Allocation from a dma-buf heap, after include/uapi/linux/dma-heap.h (Linux 5.6 and later).
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct DmaHeapAllocation {
  uint64_t len;
  uint32_t fd;  // must be 0; out: the dma-buf
  uint32_t fd_flags;
  uint64_t heap_flags;  // none are defined
};
static_assert(sizeof(DmaHeapAllocation) == 24);
static_assert(offsetof(DmaHeapAllocation, fd) == 8);
static_assert(offsetof(DmaHeapAllocation, fd_flags) == 12);
static_assert(offsetof(DmaHeapAllocation, heap_flags) == 16);

inline constexpr unsigned long kDmaHeapAlloc = _IOWR('H', 0, DmaHeapAllocation);
static_assert(kDmaHeapAlloc == 0xc0184800);

}  // namespace gemrig::uapi
