// The memory requests of all drivers behind one table: include/uapi/drm/*_drm.h.
#include "gem-driver.h"

#include <string>

#include "ioctl.h"
#include "uapi/drm.h"
#include "uapi/i915.h"
#include "uapi/msm.h"
#include "uapi/panfrost.h"
#include "uapi/panthor.h"
#include "uapi/vc4.h"

namespace gemrig {
namespace {

// A size that a 32-bit field of the request cannot hold.
bool isTooLarge(uint64_t sizeBytes) { return sizeBytes > 0xffffffff; }

int noAdvice(int, uint32_t, uint32_t) { return -ENOTTY; }

template <typename Request>
int adviseWith(int fd, unsigned long number, uint32_t handle, uint32_t advice) {
  Request request{};
  request.handle = handle;
  request.madv = advice;
  const int result = requestOf(fd, number, request);
  if (result < 0) return result;
  return request.retained == 0 ? 0 : 1;
}

int panfrostCreate(int fd, uint64_t sizeBytes, uint32_t flags, uint32_t* handle) {
  if (isTooLarge(sizeBytes)) return -EINVAL;
  uapi::PanfrostCreateBo request{};
  request.size = static_cast<uint32_t>(sizeBytes);
  request.flags = flags;
  const int result = requestOf(fd, uapi::kPanfrostCreateBo, request);
  *handle = request.handle;
  return result;
}

int panfrostMap(int fd, uint32_t handle, uint64_t* offset) {
  uapi::PanfrostMmapBo request{};
  request.handle = handle;
  const int result = requestOf(fd, uapi::kPanfrostMmapBo, request);
  *offset = request.offset;
  return result;
}

int panfrostAdvise(int fd, uint32_t handle, uint32_t advice) {
  return adviseWith<uapi::PanfrostMadvise>(fd, uapi::kPanfrostMadvise, handle, advice);
}

int panthorCreate(int fd, uint64_t sizeBytes, uint32_t flags, uint32_t* handle) {
  uapi::PanthorBoCreate request{};
  request.size = sizeBytes;
  request.flags = flags;
  const int result = requestOf(fd, uapi::kPanthorBoCreate, request);
  *handle = request.handle;
  return result;
}

int panthorMap(int fd, uint32_t handle, uint64_t* offset) {
  uapi::PanthorBoMmapOffset request{};
  request.handle = handle;
  const int result = requestOf(fd, uapi::kPanthorBoMmapOffset, request);
  *offset = request.offset;
  return result;
}

int i915Create(int fd, uint64_t sizeBytes, uint32_t, uint32_t* handle) {
  uapi::I915GemCreate request{};
  request.size = sizeBytes;
  const int result = requestOf(fd, uapi::kI915GemCreate, request);
  *handle = request.handle;
  return result;
}

int i915Map(int fd, uint32_t handle, uint64_t* offset) {
  uapi::I915GemMmapOffset request{};
  request.handle = handle;
  request.flags = uapi::kI915MmapOffsetWb;
  const int result = requestOf(fd, uapi::kI915GemMmapOffset, request);
  *offset = request.offset;
  return result;
}

int i915Advise(int fd, uint32_t handle, uint32_t advice) {
  return adviseWith<uapi::I915GemMadvise>(fd, uapi::kI915GemMadvise, handle, advice);
}

int msmCreate(int fd, uint64_t sizeBytes, uint32_t flags, uint32_t* handle) {
  uapi::MsmGemNew request{};
  request.size = sizeBytes;
  request.flags = flags;
  const int result = requestOf(fd, uapi::kMsmGemNew, request);
  *handle = request.handle;
  return result;
}

int msmMap(int fd, uint32_t handle, uint64_t* offset) {
  uapi::MsmGemInfo request{};
  request.handle = handle;
  request.info = uapi::kMsmInfoGetOffset;
  const int result = requestOf(fd, uapi::kMsmGemInfo, request);
  *offset = request.value;
  return result;
}

int msmAdvise(int fd, uint32_t handle, uint32_t advice) {
  return adviseWith<uapi::MsmGemMadvise>(fd, uapi::kMsmGemMadvise, handle, advice);
}

int vc4Create(int fd, uint64_t sizeBytes, uint32_t, uint32_t* handle) {
  if (isTooLarge(sizeBytes)) return -EINVAL;
  uapi::Vc4CreateBo request{};
  request.size = static_cast<uint32_t>(sizeBytes);
  const int result = requestOf(fd, uapi::kVc4CreateBo, request);
  *handle = request.handle;
  return result;
}

int vc4Map(int fd, uint32_t handle, uint64_t* offset) {
  uapi::Vc4MmapBo request{};
  request.handle = handle;
  const int result = requestOf(fd, uapi::kVc4MmapBo, request);
  *offset = request.offset;
  return result;
}

int vc4Advise(int fd, uint32_t handle, uint32_t advice) {
  return adviseWith<uapi::Vc4GemMadvise>(fd, uapi::kVc4GemMadvise, handle, advice);
}

// One line of 32-bit pixels.
int dumbCreate(int fd, uint64_t sizeBytes, uint32_t, uint32_t* handle) {
  if (isTooLarge(sizeBytes)) return -EINVAL;
  uapi::DrmCreateDumb request{};
  request.width = static_cast<uint32_t>((sizeBytes + 3) / 4);
  request.height = 1;
  request.bpp = 32;
  const int result = requestOf(fd, uapi::kDrmCreateDumb, request);
  *handle = request.handle;
  return result;
}

int dumbMap(int fd, uint32_t handle, uint64_t* offset) {
  uapi::DrmMapDumb request{};
  request.handle = handle;
  const int result = requestOf(fd, uapi::kDrmMapDumb, request);
  *offset = request.offset;
  return result;
}

constexpr GemDriver kDrivers[] = {
    {"panfrost", panfrostCreate, panfrostMap, panfrostAdvise},
    {"panthor", panthorCreate, panthorMap, noAdvice},
    {"i915", i915Create, i915Map, i915Advise},
    {"msm", msmCreate, msmMap, msmAdvise},
    {"vc4", vc4Create, vc4Map, vc4Advise},
    {"dumb", dumbCreate, dumbMap, noAdvice},
};

}  // namespace

int closeGemHandle(int fd, uint32_t handle) {
  drm_gem_close request{};
  request.handle = handle;
  return requestOf(fd, DRM_IOCTL_GEM_CLOSE, request);
}

const GemDriver& readGemDriver(const Napi::Value& value) {
  if (value.IsString()) {
    const std::string name = value.As<Napi::String>();
    for (const GemDriver& driver : kDrivers) {
      if (name == driver.name) return driver;
    }
  }
  throw Napi::TypeError::New(value.Env(), "driver must be one of panfrost, panthor, i915, msm, vc4, dumb");
}

}  // namespace gemrig
