// CLOCK_MONOTONIC in nanoseconds: what drivers' absolute times are told in, and process.hrtime.bigint() too.
#pragma once

#include <cstdint>
#include <ctime>

namespace gemrig {

inline int64_t monotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace gemrig
