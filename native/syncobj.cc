// DRM's synchronization objects: drivers/gpu/drm/drm_syncobj.c.
#include "uapi/syncobj.h"

#include "arrays.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value create(const Napi::CallbackInfo& info) {
  uapi::SyncobjCreate request{};
  const int fd = readFd(info, 0);
  request.flags = readUint32(info, 1, "flags");
  const int result = requestOf(fd, uapi::kSyncobjCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.handle);
}

Napi::Value destroy(const Napi::CallbackInfo& info) {
  uapi::SyncobjDestroy request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  return answerOf(info.Env(), requestOf(fd, uapi::kSyncobjDestroy, request));
}

Napi::Value wait(const Napi::CallbackInfo& info) {
  uapi::SyncobjWait request{};
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  request.timeout_nsec = readTimeNs(info, 2, "timeoutNs");
  request.flags = readUint32(info, 3, "flags");
  request.handles = pointerTo(handles);
  request.count_handles = static_cast<uint32_t>(handles.size());
  const int result = requestOf(fd, uapi::kSyncobjWait, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "firstSignaled", request.first_signaled);
}

Napi::Value timelineWait(const Napi::CallbackInfo& info) {
  uapi::SyncobjTimelineWait request{};
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  const std::vector<uint64_t> points = readUint64Array(info, 2, "points", handles.size());
  request.timeout_nsec = readTimeNs(info, 3, "timeoutNs");
  request.flags = readUint32(info, 4, "flags");
  request.handles = pointerTo(handles);
  request.points = pointerTo(points);
  request.count_handles = static_cast<uint32_t>(handles.size());
  const int result = requestOf(fd, uapi::kSyncobjTimelineWait, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "firstSignaled", request.first_signaled);
}

template <unsigned long number>
Napi::Value forAll(const Napi::CallbackInfo& info) {
  uapi::SyncobjArray request{};
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  request.handles = pointerTo(handles);
  request.count_handles = static_cast<uint32_t>(handles.size());
  return answerOf(info.Env(), requestOf(fd, number, request));
}

Napi::Value timelineSignal(const Napi::CallbackInfo& info) {
  uapi::SyncobjTimelineArray request{};
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  const std::vector<uint64_t> points = readUint64Array(info, 2, "points", handles.size());
  request.handles = pointerTo(handles);
  request.points = pointerTo(points);
  request.count_handles = static_cast<uint32_t>(handles.size());
  return answerOf(info.Env(), requestOf(fd, uapi::kSyncobjTimelineSignal, request));
}

Napi::Value query(const Napi::CallbackInfo& info) {
  uapi::SyncobjTimelineArray request{};
  const int fd = readFd(info, 0);
  const std::vector<uint32_t> handles = readUint32Array(info, 1, "handles");
  request.flags = readUint32(info, 2, "flags");
  std::vector<uint64_t> points(handles.size());
  request.handles = pointerTo(handles);
  request.points = pointerTo(points);
  request.count_handles = static_cast<uint32_t>(handles.size());
  const int result = requestOf(fd, uapi::kSyncobjQuery, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::BigUint64Array answer = Napi::BigUint64Array::New(info.Env(), points.size());
  for (size_t i = 0; i < points.size(); i++) answer[i] = points[i];
  return answer;
}

template <uint32_t flags>
Napi::Value handleToFd(const Napi::CallbackInfo& info) {
  uapi::SyncobjHandle request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.flags = flags;
  request.fd = -1;
  const int result = requestOf(fd, uapi::kSyncobjHandleToFd, request);
  return answerOf(info.Env(), result < 0 ? result : request.fd);
}

Napi::Value fdToHandle(const Napi::CallbackInfo& info) {
  uapi::SyncobjHandle request{};
  const int fd = readFd(info, 0);
  request.fd = static_cast<int>(readInteger(info, 1, "syncobjFd", 0, std::numeric_limits<int>::max()));
  const int result = requestOf(fd, uapi::kSyncobjFdToHandle, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.handle);
}

Napi::Value importSyncFile(const Napi::CallbackInfo& info) {
  uapi::SyncobjHandle request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  request.fd = static_cast<int>(readInteger(info, 2, "syncFileFd", 0, std::numeric_limits<int>::max()));
  request.flags = uapi::kSyncobjSyncFile;
  return answerOf(info.Env(), requestOf(fd, uapi::kSyncobjFdToHandle, request));
}

}  // namespace

Napi::Object syncobjCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<create>(calls, "create");
  addCall<destroy>(calls, "destroy");
  addCall<wait>(calls, "wait");
  addCall<timelineWait>(calls, "timelineWait");
  addCall<forAll<uapi::kSyncobjReset>>(calls, "reset");
  addCall<forAll<uapi::kSyncobjSignal>>(calls, "signal");
  addCall<timelineSignal>(calls, "timelineSignal");
  addCall<query>(calls, "query");
  addCall<handleToFd<0>>(calls, "handleToFd");
  addCall<fdToHandle>(calls, "fdToHandle");
  addCall<handleToFd<uapi::kSyncobjSyncFile>>(calls, "exportSyncFile");
  addCall<importSyncFile>(calls, "importSyncFile");
  return calls;
}

}  // namespace gemrig
