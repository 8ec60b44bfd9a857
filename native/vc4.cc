// vc4's memory requests: drivers/gpu/drm/vc4/vc4_bo.c, vc4_gem.c, vc4_drv.c.
#include "uapi/vc4.h"

#include "arguments.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value createBo(const Napi::CallbackInfo& info) {
  uapi::Vc4CreateBo request{};
  const int fd = readFd(info, 0);
  request.size = readUint32(info, 1, "sizeBytes");
  const int result = requestOf(fd, uapi::kVc4CreateBo, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.handle);
}

Napi::Value mmapBo(const Napi::CallbackInfo& info) {
  uapi::Vc4MmapBo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kVc4MmapBo, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "offset", request.offset);
}

Napi::Value gemMadvise(const Napi::CallbackInfo& info) {
  uapi::Vc4GemMadvise request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.madv = readUint32(info, 2, "advice");
  const int result = requestOf(fd, uapi::kVc4GemMadvise, request);
  if (result < 0) return answerOf(info.Env(), result);
  return answerOf(info.Env(), request.retained == 0 ? 0 : 1);
}

Napi::Value getParam(const Napi::CallbackInfo& info) {
  uapi::Vc4GetParam request{};
  const int fd = readFd(info, 0);
  request.param = readUint32(info, 1, "param");
  const int result = requestOf(fd, uapi::kVc4GetParam, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "value", request.value);
}

}  // namespace

Napi::Object vc4Calls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<createBo>(calls, "createBo");
  addCall<mmapBo>(calls, "mmapBo");
  addCall<gemMadvise>(calls, "gemMadvise");
  addCall<getParam>(calls, "getParam");
  return calls;
}

}  // namespace gemrig
