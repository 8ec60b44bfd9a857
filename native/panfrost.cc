// Panfrost's own ioctls: drivers/gpu/drm/panfrost/panfrost_drv.c. All of them are allowed on a render node
// and need neither DRM master nor authentication. drmIoctl asks again after EINTR and EAGAIN, as every DRM
// client must.
#include "uapi/panfrost.h"

#include <xf86drm.h>

#include "arguments.h"
#include "calls.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value getParam(const Napi::CallbackInfo& info) {
  uapi::PanfrostGetParam request{};
  const int fd = readFd(info, 0);
  request.param = readUint32(info, 1, "param");
  if (drmIoctl(fd, uapi::kPanfrostGetParam, &request) < 0) return refused(info.Env(), errno);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("value", Napi::BigInt::New(info.Env(), request.value));
  return answer;
}

Napi::Value createBo(const Napi::CallbackInfo& info) {
  uapi::PanfrostCreateBo request{};
  const int fd = readFd(info, 0);
  request.size = readUint32(info, 1, "sizeBytes");
  request.flags = readUint32(info, 2, "flags");
  if (drmIoctl(fd, uapi::kPanfrostCreateBo, &request) < 0) return refused(info.Env(), errno);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("handle", Napi::Number::New(info.Env(), request.handle));
  answer.Set("gpuAddress", Napi::BigInt::New(info.Env(), request.offset));
  return answer;
}

Napi::Value mmapBo(const Napi::CallbackInfo& info) {
  uapi::PanfrostMmapBo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.flags = readUint32(info, 2, "flags");
  if (drmIoctl(fd, uapi::kPanfrostMmapBo, &request) < 0) return refused(info.Env(), errno);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("offset", Napi::BigInt::New(info.Env(), request.offset));
  return answer;
}

Napi::Value madvise(const Napi::CallbackInfo& info) {
  uapi::PanfrostMadvise request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.madv = readUint32(info, 2, "advice");
  if (drmIoctl(fd, uapi::kPanfrostMadvise, &request) < 0) return refused(info.Env(), errno);
  return Napi::Number::New(info.Env(), request.retained == 0 ? 0 : 1);
}

}  // namespace

Napi::Object panfrostCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<getParam>(calls, "getParam");
  addCall<createBo>(calls, "createBo");
  addCall<mmapBo>(calls, "mmapBo");
  addCall<madvise>(calls, "madvise");
  return calls;
}

}  // namespace gemrig
