// vgem's fences: drivers/gpu/drm/vgem/vgem_fence.c.
#include "uapi/vgem.h"

#include "arguments.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value fenceAttach(const Napi::CallbackInfo& info) {
  uapi::VgemFenceAttach request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.flags = readUint32(info, 2, "flags");
  const int result = requestOf(fd, uapi::kVgemFenceAttach, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "fence", request.out_fence);
}

Napi::Value fenceSignal(const Napi::CallbackInfo& info) {
  uapi::VgemFenceSignal request{};
  const int fd = readFd(info, 0);
  request.fence = readUint32(info, 1, "fence");
  return answerOf(info.Env(), requestOf(fd, uapi::kVgemFenceSignal, request));
}

}  // namespace

Napi::Object vgemCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<fenceAttach>(calls, "fenceAttach");
  addCall<fenceSignal>(calls, "fenceSignal");
  return calls;
}

}  // namespace gemrig
