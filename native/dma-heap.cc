// dma-buf heaps and dma-bufs: drivers/dma-buf/dma-heap.c and dma-buf.c.
#include "uapi/dma-heap.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <xf86drm.h>

#include <algorithm>
#include <string>
#include <vector>

#include "arguments.h"
#include "calls.h"
#include "file.h"
#include "outcome.h"
#include "uapi/dma-buf.h"

namespace gemrig {
namespace {

constexpr char kHeapFolder[] = "/dev/dma_heap";

// A kernel without heaps has no such folder: no names, and no error.
int heapNames(std::vector<std::string>& names) {
  DIR* folder = opendir(kHeapFolder);
  if (folder == nullptr) return errno == ENOENT ? 0 : errno;
  errno = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    errno = 0;
  }
  const int error = errno;
  closedir(folder);
  std::sort(names.begin(), names.end());
  return error;
}

Napi::Value list(const Napi::CallbackInfo& info) {
  std::vector<std::string> names;
  const int error = heapNames(names);
  if (error != 0) return refused(info.Env(), error);
  Napi::Array answer = Napi::Array::New(info.Env(), names.size());
  for (size_t i = 0; i < names.size(); i++) answer.Set(static_cast<uint32_t>(i), names[i]);
  return answer;
}

Napi::Value openHeap(const Napi::CallbackInfo& info) {
  const std::string name = readString(info, 0, "name");
  // A name that leads out of the folder, or is the folder itself, is no heap's.
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    return refused(info.Env(), EINVAL);
  }
  // Reading is enough to allocate, and some rules for the nodes allow no more.
  return numberOrRefused(info.Env(), openFile((std::string(kHeapFolder) + '/' + name).c_str(), O_RDONLY));
}

Napi::Value allocate(const Napi::CallbackInfo& info) {
  uapi::DmaHeapAllocation request{};
  const int heapFd = readFd(info, 0);
  request.len = readByteCount(info, 1, "lengthBytes");
  request.fd_flags = O_RDWR | O_CLOEXEC;
  if (drmIoctl(heapFd, uapi::kDmaHeapAlloc, &request) < 0) return refused(info.Env(), errno);
  return Napi::Number::New(info.Env(), request.fd);
}

// A dma-buf knows no stat(2) size; seeking to the end is how the kernel tells it.
Napi::Value size(const Napi::CallbackInfo& info) {
  return numberOrRefused(info.Env(), lseek(readFd(info, 0), 0, SEEK_END));
}

Napi::Value sync(const Napi::CallbackInfo& info) {
  uapi::DmaBufSync request{};
  const int fd = readFd(info, 0);
  request.flags = readUint32(info, 1, "flags");
  return doneOrRefused(info.Env(), drmIoctl(fd, uapi::kDmaBufSync, &request));
}

Napi::Value close(const Napi::CallbackInfo& info) {
  return doneOrRefused(info.Env(), closeFile(readFd(info, 0)));
}

}  // namespace

Napi::Object dmaHeapCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<list>(calls, "list");
  addCall<openHeap>(calls, "open");
  addCall<allocate>(calls, "allocate");
  addCall<size>(calls, "size");
  addCall<sync>(calls, "sync");
  addCall<close>(calls, "close");
  return calls;
}

}  // namespace gemrig
