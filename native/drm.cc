// The calls that every DRM driver shares: drivers/gpu/drm/drm_ioctl.c and drm_gem.c, through libdrm's
// xf86drm.h.
#include "uapi/drm.h"

#include <fcntl.h>
#include <xf86drm.h>

#include <memory>
#include <vector>

#include "arguments.h"
#include "arrays.h"
#include "calls.h"
#include "drm-node.h"
#include "file.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Object toObject(Napi::Env env, const DrmNode& node) {
  Napi::Object object = Napi::Object::New(env);
  if (!node.renderNode.empty()) object.Set("renderNode", node.renderNode);
  if (!node.primaryNode.empty()) object.Set("primaryNode", node.primaryNode);
  object.Set("bus", node.bus);
  object.Set("busName", node.busName);
  Napi::Array compatible = Napi::Array::New(env, node.compatible.size());
  for (size_t i = 0; i < node.compatible.size(); i++) {
    compatible.Set(static_cast<uint32_t>(i), node.compatible[i]);
  }
  object.Set("compatible", compatible);
  return object;
}

Napi::Value listNodes(const Napi::CallbackInfo& info) {
  std::vector<DrmNode> nodes;
  const int error = listDrmNodes(nodes);
  if (error != 0) return refused(info.Env(), error);
  Napi::Array answer = Napi::Array::New(info.Env(), nodes.size());
  for (size_t i = 0; i < nodes.size(); i++) {
    answer.Set(static_cast<uint32_t>(i), toObject(info.Env(), nodes[i]));
  }
  return answer;
}

Napi::Value openNode(const Napi::CallbackInfo& info) {
  return numberOrRefused(info.Env(), openFile(readString(info, 0, "path").c_str(), O_RDWR));
}

Napi::Value close(const Napi::CallbackInfo& info) {
  return doneOrRefused(info.Env(), closeFile(readFd(info, 0)));
}

struct FreeVersion {
  void operator()(drmVersion* version) const { drmFreeVersion(version); }
};

Napi::String toString(Napi::Env env, const char* text, int length) {
  return text == nullptr ? Napi::String::New(env, "")
                         : Napi::String::New(env, text, static_cast<size_t>(length));
}

Napi::Value version(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = readFd(info, 0);
  errno = 0;
  const std::unique_ptr<drmVersion, FreeVersion> found(drmGetVersion(fd));
  if (!found) return refused(env, errno != 0 ? errno : ENOMEM);
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("name", toString(env, found->name, found->name_len));
  answer.Set("major", found->version_major);
  answer.Set("minor", found->version_minor);
  answer.Set("patch", found->version_patchlevel);
  answer.Set("date", toString(env, found->date, found->date_len));
  answer.Set("description", toString(env, found->desc, found->desc_len));
  return answer;
}

Napi::Value gemClose(const Napi::CallbackInfo& info) {
  drm_gem_close request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  return doneOrRefused(info.Env(), drmIoctl(fd, DRM_IOCTL_GEM_CLOSE, &request));
}

Napi::Value gemCloseMany(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  size_t done = 0;
  for (; done < handles.size(); done++) {
    drm_gem_close request{};
    request.handle = handles[done];
    if (requestOf(fd, DRM_IOCTL_GEM_CLOSE, request) < 0) break;
  }
  return answerOf(info.Env(), static_cast<int64_t>(done));
}

Napi::Value getCap(const Napi::CallbackInfo& info) {
  uapi::DrmGetCap request{};
  const int fd = readFd(info, 0);
  request.capability = readUint32(info, 1, "capability");
  const int result = requestOf(fd, uapi::kDrmGetCap, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "value", request.value);
}

Napi::Value setClientCap(const Napi::CallbackInfo& info) {
  uapi::DrmSetClientCap request{};
  const int fd = readFd(info, 0);
  request.capability = readUint32(info, 1, "capability");
  request.value = readUint64(info, 2, "value");
  return answerOf(info.Env(), requestOf(fd, uapi::kDrmSetClientCap, request));
}

Napi::Value primeHandleToFd(const Napi::CallbackInfo& info) {
  uapi::DrmPrimeHandle request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.flags = readUint32(info, 2, "flags");
  request.fd = -1;
  const int result = requestOf(fd, uapi::kDrmPrimeHandleToFd, request);
  return answerOf(info.Env(), result < 0 ? result : request.fd);
}

Napi::Value primeFdToHandle(const Napi::CallbackInfo& info) {
  uapi::DrmPrimeHandle request{};
  const int fd = readFd(info, 0);
  request.fd = static_cast<int>(readInteger(info, 1, "dmaBufFd", 0, std::numeric_limits<int>::max()));
  const int result = requestOf(fd, uapi::kDrmPrimeFdToHandle, request);
  return answerOf(info.Env(), result < 0 ? result : static_cast<int64_t>(request.handle));
}

Napi::Value createDumb(const Napi::CallbackInfo& info) {
  uapi::DrmCreateDumb request{};
  const int fd = readFd(info, 0);
  request.width = readUint32(info, 1, "width");
  request.height = readUint32(info, 2, "height");
  request.bpp = readUint32(info, 3, "bitsPerPixel");
  const int result = requestOf(fd, uapi::kDrmCreateDumb, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "sizeBytes", request.size);
  answer.Set("handle", request.handle);
  answer.Set("pitchBytes", request.pitch);
  return answer;
}

Napi::Value mapDumb(const Napi::CallbackInfo& info) {
  uapi::DrmMapDumb request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kDrmMapDumb, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "offset", request.offset);
}

Napi::Value destroyDumb(const Napi::CallbackInfo& info) {
  uapi::DrmDestroyDumb request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  return answerOf(info.Env(), requestOf(fd, uapi::kDrmDestroyDumb, request));
}

}  // namespace

Napi::Object drmCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<listNodes>(calls, "listNodes");
  addCall<openNode>(calls, "open");
  addCall<close>(calls, "close");
  addCall<version>(calls, "version");
  addCall<gemClose>(calls, "gemClose");
  addCall<gemCloseMany>(calls, "gemCloseMany");
  addCall<getCap>(calls, "getCap");
  addCall<setClientCap>(calls, "setClientCap");
  addCall<primeHandleToFd>(calls, "primeHandleToFd");
  addCall<primeFdToHandle>(calls, "primeFdToHandle");
  addCall<createDumb>(calls, "createDumb");
  addCall<mapDumb>(calls, "mapDumb");
  addCall<destroyDumb>(calls, "destroyDumb");
  return calls;
}

}  // namespace gemrig
