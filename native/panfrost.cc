// Panfrost's own ioctls: drivers/gpu/drm/panfrost/panfrost_drv.c. All of them are allowed on a render node
// and need neither DRM master nor authentication. drmIoctl asks again after EINTR and EAGAIN, as every DRM
// client must.
#include "uapi/panfrost.h"

#include <xf86drm.h>

#include "arguments.h"
#include "arrays.h"
#include "calls.h"
#include "ioctl.h"
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

Napi::Value submit(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const Fields job(info, info[1], "job");
  const std::vector<uint32_t> inSyncs = job.uint32Array("inSyncs");
  const std::vector<uint32_t> boHandles = job.uint32Array("boHandles");
  uapi::PanfrostSubmit request{};
  request.jc = job.uint64("jc");
  request.in_syncs = pointerTo(inSyncs);
  request.in_sync_count = static_cast<uint32_t>(inSyncs.size());
  request.out_sync = job.uint32("outSync");
  request.bo_handles = pointerTo(boHandles);
  request.bo_handle_count = static_cast<uint32_t>(boHandles.size());
  request.requirements = job.uint32("requirements");
  request.jm_ctx_handle = job.uint32("jmCtxHandle");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanfrostSubmit, request));
}

Napi::Value waitBo(const Napi::CallbackInfo& info) {
  uapi::PanfrostWaitBo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.timeout_ns = readTimeNs(info, 2, "timeoutNs");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanfrostWaitBo, request));
}

Napi::Value getBoOffset(const Napi::CallbackInfo& info) {
  uapi::PanfrostGetBoOffset request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kPanfrostGetBoOffset, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "gpuAddress", request.offset);
}

Napi::Value setLabelBo(const Napi::CallbackInfo& info) {
  uapi::PanfrostSetLabelBo request{};
  std::string label;
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  if (readLabel(info, 2, "label", label)) request.label = reinterpret_cast<uintptr_t>(label.c_str());
  return answerOf(info.Env(), requestOf(fd, uapi::kPanfrostSetLabelBo, request));
}

Napi::Value jmCtxCreate(const Napi::CallbackInfo& info) {
  uapi::PanfrostJmCtxCreate request{};
  const int fd = readFd(info, 0);
  request.priority = readUint32(info, 1, "priority");
  const int result = requestOf(fd, uapi::kPanfrostJmCtxCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.handle);
}

Napi::Value jmCtxDestroy(const Napi::CallbackInfo& info) {
  uapi::PanfrostJmCtxDestroy request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanfrostJmCtxDestroy, request));
}

Napi::Value syncBo(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto operations =
      readObjects<uapi::PanfrostBoSyncOp>(info, info[1], "operations", [](const Fields& op) {
        return uapi::PanfrostBoSyncOp{op.uint32("handle"), op.uint32("type"), op.uint32("offset"),
                                      op.uint32("sizeBytes")};
      });
  uapi::PanfrostSyncBo request{};
  request.ops = pointerTo(operations);
  request.op_count = static_cast<uint32_t>(operations.size());
  return answerOf(info.Env(), requestOf(fd, uapi::kPanfrostSyncBo, request));
}

Napi::Value queryBoInfo(const Napi::CallbackInfo& info) {
  uapi::PanfrostQueryBoInfo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kPanfrostQueryBoInfo, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "createFlags", request.create_flags);
  answer.Set("extraFlags", request.extra_flags);
  return answer;
}

}  // namespace

Napi::Object panfrostCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<getParam>(calls, "getParam");
  addCall<createBo>(calls, "createBo");
  addCall<mmapBo>(calls, "mmapBo");
  addCall<madvise>(calls, "madvise");
  addCall<submit>(calls, "submit");
  addCall<waitBo>(calls, "waitBo");
  addCall<getBoOffset>(calls, "getBoOffset");
  addCall<setLabelBo>(calls, "setLabelBo");
  addCall<jmCtxCreate>(calls, "jmCtxCreate");
  addCall<jmCtxDestroy>(calls, "jmCtxDestroy");
  addCall<syncBo>(calls, "syncBo");
  addCall<queryBoInfo>(calls, "queryBoInfo");
  return calls;
}

}  // namespace gemrig
