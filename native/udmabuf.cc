// dma-bufs of a process's own memory: drivers/dma-buf/udmabuf.c, memfd_create(2), fcntl(2) F_ADD_SEALS.
#include "uapi/udmabuf.h"

#include <sys/mman.h>

#include <cstring>
#include <string>

#include "arrays.h"
#include "calls.h"
#include "file.h"
#include "ioctl.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value createMemfd(const Napi::CallbackInfo& info) {
  const std::string name = readString(info, 0, "name");
  const uint64_t sizeBytes = readByteCount(info, 1, "sizeBytes", 1);
  const int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return refused(info.Env(), errno);
  if (ftruncate(fd, static_cast<off_t>(sizeBytes)) != 0) {
    const int error = errno;
    closeFile(fd);
    return refused(info.Env(), error);
  }
  return answerOf(info.Env(), fd);
}

Napi::Value addSeals(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const int seals = static_cast<int>(readInteger(info, 1, "seals", 0, std::numeric_limits<int>::max()));
  return doneOrRefused(info.Env(), fcntl(fd, F_ADD_SEALS, seals));
}

Napi::Value openUdmabuf(const Napi::CallbackInfo& info) {
  return numberOrRefused(info.Env(), openFile("/dev/udmabuf", O_RDWR));
}

uapi::UdmabufCreateItem readItem(const Fields& item) {
  uapi::UdmabufCreateItem part{};
  part.memfd = item.uint32("memfd", std::numeric_limits<int>::max());
  part.offset = item.uint64("offset");
  part.size = item.uint64("sizeBytes");
  return part;
}

Napi::Value create(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const uapi::UdmabufCreateItem item = readItem(Fields(info, info[1], "item"));
  uapi::UdmabufCreate request{item.memfd, uapi::kUdmabufCloexec, item.offset, item.size};
  return answerOf(info.Env(), requestOf(fd, uapi::kUdmabufCreate, request));
}

Napi::Value createList(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto items = readObjects<uapi::UdmabufCreateItem>(info, info[1], "items", readItem);
  const uapi::UdmabufCreateList head{uapi::kUdmabufCloexec, static_cast<uint32_t>(items.size())};
  std::vector<uint8_t> request(sizeof head + items.size() * sizeof items[0]);
  std::memcpy(request.data(), &head, sizeof head);
  if (!items.empty()) std::memcpy(request.data() + sizeof head, items.data(), request.size() - sizeof head);
  const int result = drmIoctl(fd, uapi::kUdmabufCreateList, request.data());
  return numberOrRefused(info.Env(), result);
}

Napi::Value close(const Napi::CallbackInfo& info) {
  return doneOrRefused(info.Env(), closeFile(readFd(info, 0)));
}

}  // namespace

Napi::Object udmabufCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<createMemfd>(calls, "createMemfd");
  addCall<addSeals>(calls, "addSeals");
  addCall<openUdmabuf>(calls, "open");
  addCall<create>(calls, "create");
  addCall<createList>(calls, "createList");
  addCall<close>(calls, "close");
  return calls;
}

}  // namespace gemrig
