// i915's memory requests: drivers/gpu/drm/i915/gem, i915_getparam.c.
#include "uapi/i915.h"

#include "arrays.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value answerBo(Napi::Env env, uint32_t handle, uint64_t size) {
  Napi::Object answer = objectOf(env, "sizeBytes", size);
  answer.Set("handle", handle);
  return answer;
}

Napi::Value gemCreate(const Napi::CallbackInfo& info) {
  uapi::I915GemCreate request{};
  const int fd = readFd(info, 0);
  request.size = readUint64(info, 1, "sizeBytes");
  const int result = requestOf(fd, uapi::kI915GemCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  return answerBo(info.Env(), request.handle, request.size);
}

Napi::Value gemCreateExt(const Napi::CallbackInfo& info) {
  uapi::I915GemCreateExt request{};
  const int fd = readFd(info, 0);
  request.size = readUint64(info, 1, "sizeBytes");
  request.flags = readUint32(info, 2, "flags");
  const auto regions =
      readObjects<uapi::I915MemoryRegion>(info, info[3], "regions", [](const Fields& region) {
        return uapi::I915MemoryRegion{static_cast<uint16_t>(region.uint32("memoryClass", 0xffff)),
                                      static_cast<uint16_t>(region.uint32("memoryInstance", 0xffff))};
      });
  uapi::I915MemoryRegions extension{};
  extension.num_regions = static_cast<uint32_t>(regions.size());
  extension.regions = pointerTo(regions);
  if (!regions.empty()) request.extensions = reinterpret_cast<uintptr_t>(&extension);
  const int result = requestOf(fd, uapi::kI915GemCreateExt, request);
  if (result < 0) return answerOf(info.Env(), result);
  return answerBo(info.Env(), request.handle, request.size);
}

Napi::Value gemMmapOffset(const Napi::CallbackInfo& info) {
  uapi::I915GemMmapOffset request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.flags = readUint64(info, 2, "flags");
  const int result = requestOf(fd, uapi::kI915GemMmapOffset, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "offset", request.offset);
}

Napi::Value gemMadvise(const Napi::CallbackInfo& info) {
  uapi::I915GemMadvise request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.madv = readUint32(info, 2, "advice");
  const int result = requestOf(fd, uapi::kI915GemMadvise, request);
  if (result < 0) return answerOf(info.Env(), result);
  return answerOf(info.Env(), request.retained == 0 ? 0 : 1);
}

Napi::Value gemGetAperture(const Napi::CallbackInfo& info) {
  uapi::I915GemGetAperture request{};
  const int result = requestOf(readFd(info, 0), uapi::kI915GemGetAperture, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "sizeBytes", request.aper_size);
  answer.Set("availableBytes", Napi::BigInt::New(info.Env(), request.aper_available_size));
  return answer;
}

Napi::Value getParam(const Napi::CallbackInfo& info) {
  uapi::I915GetParam request{};
  int value = 0;
  const int fd = readFd(info, 0);
  request.param = static_cast<int32_t>(readUint32(info, 1, "param"));
  request.value = &value;
  const int result = requestOf(fd, uapi::kI915GetParam, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("value", value);
  return answer;
}

}  // namespace

Napi::Object i915Calls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<gemCreate>(calls, "gemCreate");
  addCall<gemCreateExt>(calls, "gemCreateExt");
  addCall<gemMmapOffset>(calls, "gemMmapOffset");
  addCall<gemMadvise>(calls, "gemMadvise");
  addCall<gemGetAperture>(calls, "gemGetAperture");
  addCall<getParam>(calls, "getParam");
  return calls;
}

}  // namespace gemrig
