// Create, map offset and advice of each driver in one form, for batches, programs and calls on threads.
#pragma once

#include <cstdint>

#include "node-api.h"

namespace gemrig {

// All answer 0 or above, or a negative errno, and touch no Node-API.
struct GemDriver {
  const char* name;
  int (*create)(int fd, uint64_t sizeBytes, uint32_t flags, uint32_t* handle);
  int (*mapOffset)(int fd, uint32_t handle, uint64_t* offset);
  // 1 retained, 0 purged; ENOTTY where there is no such request.
  int (*madvise)(int fd, uint32_t handle, uint32_t advice);
};

int closeGemHandle(int fd, uint32_t handle);

// One of BATCH_DRIVERS of src/backend/batch-calls.ts, or a TypeError.
const GemDriver& readGemDriver(const Napi::Value& value);

}  // namespace gemrig
