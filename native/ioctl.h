// ioctl(2) as DRM clients must call it: again after EINTR and EAGAIN (libdrm's drmIoctl).
#pragma once

#include <xf86drm.h>

#include <cerrno>

namespace gemrig {

// What the kernel answered (0 or above), or a negative errno. Usable on any thread.
template <typename Request>
int requestOf(int fd, unsigned long number, Request& request) {
  const int result = drmIoctl(fd, number, &request);
  return result < 0 ? -errno : result;
}

}  // namespace gemrig
