// dma-bufs of a process's own memory, after include/uapi/linux/udmabuf.h. The layouts are the same on 32 and
// 64-bit machines. The list's request names only its head; the items follow it.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct UdmabufCreate {
  uint32_t memfd;
  uint32_t flags;
  uint64_t offset;
  uint64_t size;
};
static_assert(sizeof(UdmabufCreate) == 24);
static_assert(offsetof(UdmabufCreate, memfd) == 0);
static_assert(offsetof(UdmabufCreate, flags) == 4);
static_assert(offsetof(UdmabufCreate, offset) == 8);
static_assert(offsetof(UdmabufCreate, size) == 16);

struct UdmabufCreateItem {
  uint32_t memfd;
  uint32_t pad;
  uint64_t offset;
  uint64_t size;
};
static_assert(sizeof(UdmabufCreateItem) == 24);
static_assert(offsetof(UdmabufCreateItem, memfd) == 0);
static_assert(offsetof(UdmabufCreateItem, pad) == 4);
static_assert(offsetof(UdmabufCreateItem, offset) == 8);
static_assert(offsetof(UdmabufCreateItem, size) == 16);

struct UdmabufCreateList {
  uint32_t flags;
  uint32_t count;
};
static_assert(sizeof(UdmabufCreateList) == 8);
static_assert(offsetof(UdmabufCreateList, flags) == 0);
static_assert(offsetof(UdmabufCreateList, count) == 4);

inline constexpr unsigned long kUdmabufCreate = _IOW('u', 0x42, UdmabufCreate);
inline constexpr unsigned long kUdmabufCreateList = _IOW('u', 0x43, UdmabufCreateList);

static_assert(kUdmabufCreate == 0x40187542);
static_assert(kUdmabufCreateList == 0x40087543);

inline constexpr uint32_t kUdmabufCloexec = 1;

}  // namespace gemrig::uapi
