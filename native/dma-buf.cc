// What a dma-buf can do besides being mapped, and sync files: drivers/dma-buf/dma-buf.c, sync_file.c.
#include "uapi/dma-buf.h"

#include <poll.h>
#include <sys/stat.h>

#include <cstring>
#include <string>

#include "arguments.h"
#include "calls.h"
#include "file.h"
#include "ioctl.h"
#include "outcome.h"
#include "uapi/sync-file.h"

namespace gemrig {
namespace {

int readOtherFd(const Napi::CallbackInfo& info, size_t index, const char* name) {
  return static_cast<int>(readInteger(info, index, name, 0, std::numeric_limits<int>::max()));
}

Napi::Value setName(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const std::string name = readString(info, 1, "name");
  const int result = drmIoctl(fd, uapi::kDmaBufSetName, const_cast<char*>(name.c_str()));
  return doneOrRefused(info.Env(), result);
}

Napi::Value exportSyncFile(const Napi::CallbackInfo& info) {
  uapi::DmaBufExportSyncFile request{};
  const int fd = readFd(info, 0);
  request.flags = readUint32(info, 1, "flags");
  request.fd = -1;
  const int result = requestOf(fd, uapi::kDmaBufExportSyncFile, request);
  return answerOf(info.Env(), result < 0 ? result : request.fd);
}

Napi::Value importSyncFile(const Napi::CallbackInfo& info) {
  uapi::DmaBufImportSyncFile request{};
  const int fd = readFd(info, 0);
  request.flags = readUint32(info, 1, "flags");
  request.fd = readOtherFd(info, 2, "syncFileFd");
  return answerOf(info.Env(), requestOf(fd, uapi::kDmaBufImportSyncFile, request));
}

Napi::Value pollFile(const Napi::CallbackInfo& info) {
  pollfd request{};
  request.fd = readFd(info, 0);
  request.events = static_cast<short>(readInteger(info, 1, "events", 0, 0x7fff));
  const int timeoutMs =
      static_cast<int>(readInteger(info, 2, "timeoutMs", 0, std::numeric_limits<int>::max()));
  const int result = poll(&request, 1, timeoutMs);
  if (result < 0) return refused(info.Env(), errno);
  return answerOf(info.Env(), result == 0 ? 0 : request.revents);
}

Napi::Value inode(const Napi::CallbackInfo& info) {
  struct stat status;
  if (fstat(readFd(info, 0), &status) != 0) return refused(info.Env(), errno);
  return objectOf(info.Env(), "inode", static_cast<uint64_t>(status.st_ino));
}

Napi::Value syncFileInfo(const Napi::CallbackInfo& info) {
  uapi::SyncFileInfo request{};
  const int result = requestOf(readFd(info, 0), uapi::kSyncFileInfoRequest, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "fenceCount", request.num_fences);
  answer.Set("status", request.status);
  answer.Set("name", std::string(request.name, strnlen(request.name, sizeof request.name)));
  return answer;
}

Napi::Value mergeSyncFiles(const Napi::CallbackInfo& info) {
  uapi::SyncMergeData request{};
  const int fd = readFd(info, 0);
  request.fd2 = readOtherFd(info, 1, "otherFd");
  request.fence = -1;
  const std::string name = readString(info, 2, "name");
  std::memcpy(request.name, name.c_str(), std::min(name.size(), sizeof request.name - 1));
  const int result = requestOf(fd, uapi::kSyncMerge, request);
  return answerOf(info.Env(), result < 0 ? result : request.fence);
}

Napi::Value close(const Napi::CallbackInfo& info) {
  return doneOrRefused(info.Env(), closeFile(readFd(info, 0)));
}

}  // namespace

Napi::Object dmaBufCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<setName>(calls, "setName");
  addCall<exportSyncFile>(calls, "exportSyncFile");
  addCall<importSyncFile>(calls, "importSyncFile");
  addCall<pollFile>(calls, "poll");
  addCall<inode>(calls, "inode");
  return calls;
}

Napi::Object syncFileCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<syncFileInfo>(calls, "info");
  addCall<mergeSyncFiles>(calls, "merge");
  addCall<close>(calls, "close");
  return calls;
}

}  // namespace gemrig
