// msm's memory requests (Adreno): drivers/gpu/drm/msm/msm_drv.c.
#include "uapi/msm.h"

#include "arguments.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value gemNew(const Napi::CallbackInfo& info) {
  uapi::MsmGemNew request{};
  const int fd = readFd(info, 0);
  request.size = readUint64(info, 1, "sizeBytes");
  request.flags = readUint32(info, 2, "flags");
  const int result = requestOf(fd, uapi::kMsmGemNew, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.handle);
}

// Items that are names or metadata take a pointer in `value`; as it is 0 here, they answer their length only.
Napi::Value gemInfo(const Napi::CallbackInfo& info) {
  uapi::MsmGemInfo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.info = readUint32(info, 2, "info");
  const int result = requestOf(fd, uapi::kMsmGemInfo, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "value", request.value);
}

Napi::Value gemMadvise(const Napi::CallbackInfo& info) {
  uapi::MsmGemMadvise request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.madv = readUint32(info, 2, "advice");
  const int result = requestOf(fd, uapi::kMsmGemMadvise, request);
  if (result < 0) return answerOf(info.Env(), result);
  return answerOf(info.Env(), request.retained == 0 ? 0 : 1);
}

Napi::Value getParam(const Napi::CallbackInfo& info) {
  uapi::MsmParam request{};
  const int fd = readFd(info, 0);
  request.pipe = readUint32(info, 1, "pipe");
  request.param = readUint32(info, 2, "param");
  const int result = requestOf(fd, uapi::kMsmGetParam, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "value", request.value);
}

}  // namespace

Napi::Object msmCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<gemNew>(calls, "gemNew");
  addCall<gemInfo>(calls, "gemInfo");
  addCall<gemMadvise>(calls, "gemMadvise");
  addCall<getParam>(calls, "getParam");
  return calls;
}

}  // namespace gemrig
