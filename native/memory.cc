// Mappings and what is done to their bytes: mmap(2), munmap(2), and fill, verify, read, write, copy and hash
// under a SIGBUS guard.
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <utility>

#include "arguments.h"
#include "calls.h"
#include "fork.h"
#include "mapping.h"
#include "outcome.h"
#include "pattern.h"
#include "sigbus-guard.h"
#include "xxh64.h"

namespace gemrig {
namespace {

Napi::Value newMapping(const Napi::CallbackInfo& info, uint64_t lengthBytes, int flags, int fd,
                       uint64_t offset) {
  int error = 0;
  std::shared_ptr<Mapping> mapping = Mapping::create(lengthBytes, flags, fd, offset, &error);
  if (!mapping) return refused(info.Env(), error);
  return newMapHandle(info.Env(), std::move(mapping));
}

Napi::Value mapFile(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const uint64_t offset = readUint64(info, 1, "offset");
  const uint64_t lengthBytes = readByteCount(info, 2, "lengthBytes", 1);
  return newMapping(info, lengthBytes, MAP_SHARED, fd, offset);
}

Napi::Value mapAnonymous(const Napi::CallbackInfo& info) {
  const uint64_t lengthBytes = readByteCount(info, 0, "lengthBytes", 1);
  return newMapping(info, lengthBytes, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

Napi::Value unmap(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), -readMapHandle(info, 0)->unmap());
}

// A part of a mapping. `mapping` keeps the memory there while the part is in use.
struct Range {
  std::shared_ptr<Mapping> mapping;
  bool accessible;
  size_t offset;
  size_t end;

  uint8_t* start() const { return mapping->start(); }
  uint8_t* first() const { return mapping->start() + offset; }
  size_t length() const { return end - offset; }

  // The guard covers the mapping and not the part alone: vector instructions may touch their neighbours.
  template <typename Work>
  bool guarded(const Work& work) const {
    return runSigbusGuarded(start(), mapping->lengthBytes(), work);
  }
};

Range rangeOf(std::shared_ptr<Mapping> mapping, uint64_t offset, uint64_t length) {
  const bool accessible = mapping->contains(offset, length);
  return {std::move(mapping), accessible, static_cast<size_t>(offset), static_cast<size_t>(offset + length)};
}

Napi::Value fill(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t seed = readUint64(info, 1, "seed");
  const uint64_t offset = readByteCount(info, 2, "offset");
  const Range range = rangeOf(std::move(mapping), offset, readByteCount(info, 3, "length"));
  if (!range.accessible) return refused(info.Env(), EINVAL);
  const bool done =
      range.guarded([&] { fillPattern(range.start(), mixSeed(seed), range.offset, range.end); });
  return Napi::Number::New(info.Env(), done ? 0 : kRaisedSigbus);
}

Napi::Value verify(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t seed = readUint64(info, 1, "seed");
  const uint64_t offset = readByteCount(info, 2, "offset");
  const Range range = rangeOf(std::move(mapping), offset, readByteCount(info, 3, "length"));
  if (!range.accessible) return refused(info.Env(), EINVAL);
  size_t right = 0;
  const bool done = range.guarded(
      [&] { right = countPatternBytes(range.start(), mixSeed(seed), range.offset, range.end); });
  return Napi::Number::New(info.Env(), done ? static_cast<double>(right) : kRaisedSigbus);
}

Napi::Value verifyInForkOf(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t seed = readUint64(info, 1, "seed");
  if (!info[2].IsBoolean()) throw argumentError(info, "exec", "a boolean");
  const bool exec = info[2].As<Napi::Boolean>().Value();
  if (mapping->start() == nullptr) return refused(info.Env(), EINVAL);
  const int64_t answer = verifyInFork(mapping->start(), mapping->lengthBytes(), mixSeed(seed), exec);
  return Napi::Number::New(info.Env(), static_cast<double>(answer));
}

// From here on it is worth asking whether there is memory for an array.
constexpr size_t kLargeArrayBytes = 64 * 1024;

// `new Uint8Array(length)`, or null when there is no memory for it. The constructor throws then, while
// Node-API's own way to make an array, which is much faster, ends the process.
Napi::Uint8Array newBytes(Napi::Env env, size_t length) {
  if (length < kLargeArrayBytes) return Napi::Uint8Array::New(env, length);
  try {
    const auto constructor = env.Global().Get("Uint8Array").As<Napi::Function>();
    const Napi::Object bytes = constructor.New({Napi::Number::New(env, static_cast<double>(length))});
    if (bytes.IsTypedArray() && bytes.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
        bytes.As<Napi::Uint8Array>().ElementLength() == length) {
      return bytes.As<Napi::Uint8Array>();
    }
  } catch (const Napi::Error&) {
    // RangeError: Array buffer allocation failed; or the worker is being terminated, and nobody sees the
    // answer.
  }
  return Napi::Uint8Array();
}

Napi::Value read(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t offset = readByteCount(info, 1, "offset");
  const Range range = rangeOf(std::move(mapping), offset, readByteCount(info, 2, "length"));
  if (!range.accessible) return refused(info.Env(), EINVAL);
  Napi::Uint8Array bytes = newBytes(info.Env(), range.length());
  if (bytes.IsEmpty()) return refused(info.Env(), ENOMEM);
  // The constructor is JavaScript, which a program may have replaced with code that unmaps.
  if (range.start() == nullptr) return refused(info.Env(), EINVAL);
  uint8_t* const target = bytes.Data();
  const bool done = range.guarded([&] {
    // An empty array has no address, which memcpy may not be given.
    if (range.length() > 0) std::memcpy(target, range.first(), range.length());
  });
  if (!done) return Napi::Number::New(info.Env(), kRaisedSigbus);
  return bytes;
}

Napi::Value write(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t offset = readByteCount(info, 1, "offset");
  const Napi::Uint8Array bytes = readBytes(info, 2, "bytes");
  const uint8_t* const source = bytes.Data();
  const Range range = rangeOf(std::move(mapping), offset, bytes.ElementLength());
  if (!range.accessible) return refused(info.Env(), EINVAL);
  const bool done = range.guarded([&] {
    if (range.length() > 0) std::memcpy(range.first(), source, range.length());
  });
  return Napi::Number::New(info.Env(), done ? 0 : kRaisedSigbus);
}

Napi::Value copy(const Napi::CallbackInfo& info) {
  auto targetMapping = readMapHandle(info, 0);
  const uint64_t targetOffset = readByteCount(info, 1, "targetOffset");
  auto sourceMapping = readMapHandle(info, 2);
  const uint64_t sourceOffset = readByteCount(info, 3, "sourceOffset");
  const uint64_t length = readByteCount(info, 4, "length");
  const Range target = rangeOf(std::move(targetMapping), targetOffset, length);
  const Range source = rangeOf(std::move(sourceMapping), sourceOffset, length);
  if (!target.accessible || !source.accessible) return refused(info.Env(), EINVAL);
  bool copied = false;
  const bool done = target.guarded([&] {
    copied = source.guarded([&] { std::memmove(target.first(), source.first(), source.length()); });
  });
  return Napi::Number::New(info.Env(), done && copied ? 0 : kRaisedSigbus);
}

Napi::Value hash(const Napi::CallbackInfo& info) {
  auto mapping = readMapHandle(info, 0);
  const uint64_t offset = readByteCount(info, 1, "offset");
  const Range range = rangeOf(std::move(mapping), offset, readByteCount(info, 2, "length"));
  if (!range.accessible) return refused(info.Env(), EINVAL);
  uint64_t value = 0;
  const bool done = range.guarded([&] { value = hashXxh64(range.first(), range.length()); });
  if (!done) return Napi::Number::New(info.Env(), kRaisedSigbus);
  return objectOf(info.Env(), "hash", value);
}

// V8 ends the process for an array that is longer than it can hold.
constexpr uint64_t kMaxArrayBytes = sizeof(void*) == 8 ? uint64_t{1} << 32 : uint64_t{1} << 30;

void releaseExposed(napi_env, void*, void* owner) { delete static_cast<std::shared_ptr<Mapping>*>(owner); }

Napi::Value bytes(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Mapping> mapping = readMapHandle(info, 0);
  if (mapping->start() == nullptr) return refused(info.Env(), EINVAL);
  // Two arrays over one address end the process in some versions of V8.
  if (mapping->isExposed()) return refused(info.Env(), EBUSY);
  if (mapping->lengthBytes() > kMaxArrayBytes) return refused(info.Env(), EOPNOTSUPP);
  auto owner = std::make_unique<std::shared_ptr<Mapping>>(mapping);
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      info.Env(), mapping->start(), mapping->lengthBytes(), releaseExposed, owner.get(), &buffer);
  if (status == napi_no_external_buffers_allowed) return refused(info.Env(), EOPNOTSUPP);
  if (status != napi_ok) throw Napi::Error::New(info.Env());
  mapping->expose();
  owner.release();
  napi_value array = nullptr;
  if (napi_create_typedarray(info.Env(), napi_uint8_array, mapping->lengthBytes(), buffer, 0, &array) !=
      napi_ok)
    throw Napi::Error::New(info.Env());
  return Napi::Value(info.Env(), array);
}

}  // namespace

Napi::Object memoryCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<mapFile>(calls, "mmap");
  addCall<mapAnonymous>(calls, "mapAnonymous");
  addCall<unmap>(calls, "munmap");
  addCall<fill>(calls, "fill");
  addCall<verify>(calls, "verify");
  addCall<verifyInForkOf>(calls, "verifyInFork");
  addCall<read>(calls, "read");
  addCall<write>(calls, "write");
  addCall<copy>(calls, "copy");
  addCall<hash>(calls, "hash");
  addCall<bytes>(calls, "bytes");
  return calls;
}

}  // namespace gemrig
