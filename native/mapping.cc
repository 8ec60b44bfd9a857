// mmap(2), munmap(2), and handles of mappings that JavaScript can neither forge nor free twice.
#include "mapping.h"

#include <sys/mman.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "arguments.h"

namespace gemrig {
namespace {

// Tells our handles from every other object: random numbers, made for this type alone.
constexpr napi_type_tag kMapHandleTag = {0x6a09f3c1b82d47e5, 0x9d14c0e77f5b2a83};

void releaseOwner(napi_env, void* owner, void*) { delete static_cast<std::shared_ptr<Mapping>*>(owner); }

}  // namespace

std::shared_ptr<Mapping> Mapping::create(uint64_t lengthBytes, int flags, int fd, uint64_t offset,
                                         int* error) {
  // Made first: nothing can fail any more between mmap and the object that owns it.
  std::shared_ptr<Mapping> mapping(new Mapping());
  if (lengthBytes > std::numeric_limits<size_t>::max()) {
    *error = ENOMEM;  // what the kernel says of a length that no address space holds
    return nullptr;
  }
  const auto length = static_cast<size_t>(lengthBytes);
  void* start = mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) {
    *error = errno;
    return nullptr;
  }
  mapping->start_ = static_cast<uint8_t*>(start);
  mapping->length_ = length;
  mapping->unmapped_ = false;
  return mapping;
}

Mapping::~Mapping() {
  if (start_ != nullptr) munmap(start_, length_);
}

int Mapping::unmap() {
  if (unmapped_) return EINVAL;
  unmapped_ = true;
  if (exposed_) {
    void* const hidden = mmap(start_, length_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    return hidden == MAP_FAILED ? errno : 0;
  }
  const int result = munmap(start_, length_);
  start_ = nullptr;
  return result == 0 ? 0 : errno;
}

uint8_t* Mapping::expose() {
  if (unmapped_ || exposed_) return nullptr;
  exposed_ = true;
  return start_;
}

bool Mapping::contains(uint64_t offset, uint64_t length) const {
  return !unmapped_ && offset <= length_ && length <= length_ - offset;
}

Napi::Object newMapHandle(Napi::Env env, std::shared_ptr<Mapping> mapping) {
  Napi::Object handle = Napi::Object::New(env);
  const auto length = Napi::Number::New(env, static_cast<double>(mapping->lengthBytes()));
  handle.DefineProperty(Napi::PropertyDescriptor::Value("lengthBytes", length, napi_enumerable));
  handle.TypeTag(&kMapHandleTag);
  auto owner = std::make_unique<std::shared_ptr<Mapping>>(std::move(mapping));
  if (napi_wrap(env, handle, owner.get(), releaseOwner, nullptr, nullptr) != napi_ok)
    throw Napi::Error::New(env);
  owner.release();
  return handle;
}

std::shared_ptr<Mapping> readMapHandle(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  if (value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kMapHandleTag)) {
    void* owner = nullptr;
    if (napi_unwrap(info.Env(), value, &owner) == napi_ok)
      return *static_cast<std::shared_ptr<Mapping>*>(owner);
  }
  throw argumentError(info, "map", "a mapping that this backend made");
}

}  // namespace gemrig
