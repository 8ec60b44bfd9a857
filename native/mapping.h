// A mapping of memory, and the JavaScript object that stands for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "node-api.h"

namespace gemrig {

// Owns one mmap(2) and gives it back exactly once: by unmap(), or when the last owner lets go. Owners are
// counted (std::shared_ptr), so that whoever works on the memory keeps it alive while it does.
class Mapping {
 public:
  // Readable and writable. Null when the kernel refuses, with the errno in `error`.
  static std::shared_ptr<Mapping> create(uint64_t lengthBytes, int flags, int fd, uint64_t offset,
                                         int* error);

  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // 0, or EINVAL when it was unmapped before. Memory that JavaScript has an array of is replaced by zeroed
  // memory of the process, and unmapped by the last owner: the array itself may be anywhere by then.
  int unmap();

  // The first byte, which from now on JavaScript may touch until the last owner lets go. Null when unmapped
  // or exposed before.
  uint8_t* expose();
  bool isExposed() const { return exposed_; }

  // Null when unmapped.
  uint8_t* start() const { return unmapped_ ? nullptr : start_; }
  size_t lengthBytes() const { return length_; }

  // Whether [offset, offset + length) can be accessed: inside the mapping, which is still there.
  bool contains(uint64_t offset, uint64_t length) const;

 private:
  Mapping() = default;

  uint8_t* start_ = nullptr;
  size_t length_ = 0;
  bool unmapped_ = true;
  bool exposed_ = false;
};

// A new handle, the owner of `mapping` until the garbage collector takes it or its environment ends.
Napi::Object newMapHandle(Napi::Env env, std::shared_ptr<Mapping> mapping);

// The mapping of a handle that newMapHandle made. TypeError for any other value.
std::shared_ptr<Mapping> readMapHandle(const Napi::CallbackInfo& info, size_t index);

}  // namespace gemrig
