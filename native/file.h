// open(2) and close(2) as every interface here uses them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace gemrig {

inline int openFile(const char* path, int accessMode) {
  int fd;
  do {
    fd = open(path, accessMode | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Linux has released the descriptor even when close(2) says EINTR: a second try could close somebody else's
// file.
inline int closeFile(int fd) {
  const int result = close(fd);
  return result < 0 && errno == EINTR ? 0 : result;
}

}  // namespace gemrig
