// Calls that may take long, each on a thread of its own. Their TypeScript shapes:
// src/backend/blocking-calls.ts.
//
// Waits are cut into slices, so that they notice when they are to stop without a signal to interrupt them.
// What is waited for ends a slice at once, so nothing is found late.
#include <poll.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "arrays.h"
#include "calls.h"
#include "clock.h"
#include "file.h"
#include "gem-driver.h"
#include "ioctl.h"
#include "jobs.h"
#include "outcome.h"
#include "uapi/dma-heap.h"
#include "uapi/panfrost.h"
#include "uapi/syncobj.h"

namespace gemrig {
namespace {

constexpr int64_t kSliceNs = 10 * 1000 * 1000;

// A job whose answer is one number.
class NumberJob : public Job {
 public:
  Napi::Value answer(Napi::Env env) override { return answerOf(env, result_); }

 protected:
  int64_t result_ = -ECANCELED;
};

// Waits until an absolute time. `slice(until)` waits until then and answers 0 or above, or a negative errno;
// it is asked again after one of `tooLate`.
class WaitJob : public NumberJob {
 public:
  using Slice = std::function<int64_t(int64_t)>;
  WaitJob(int64_t deadlineNs, std::pair<int, int> tooLate, Slice slice)
      : deadlineNs_(deadlineNs), tooLate_(tooLate), slice_(std::move(slice)) {}

  void run(const std::atomic<bool>& stop) override {
    while (!stop) {
      const int64_t until = std::min(deadlineNs_, monotonicNs() + kSliceNs);
      const int64_t result = slice_(until);
      const bool isLate = result == -tooLate_.first || result == -tooLate_.second;
      if (!isLate || until == deadlineNs_) {
        result_ = result;
        return;
      }
    }
  }

 private:
  int64_t deadlineNs_;
  std::pair<int, int> tooLate_;
  Slice slice_;
};

// Makes something that must be given back when nobody wants it any more.
class AllocationJob : public NumberJob {
 public:
  AllocationJob(std::function<int64_t()> allocate, std::function<void(int64_t)> release)
      : allocate_(std::move(allocate)), release_(std::move(release)) {}

  void run(const std::atomic<bool>& stop) override {
    if (stop) return;
    result_ = allocate_();
    if (!stop) return;
    abandon();
    result_ = -ECANCELED;
  }

  void abandon() override {
    if (result_ >= 0) release_(result_);
    result_ = -ECANCELED;
  }

 private:
  std::function<int64_t()> allocate_;
  std::function<void(int64_t)> release_;
};

Napi::Value startWait(const Napi::CallbackInfo& info, int64_t deadlineNs, std::pair<int, int> tooLate,
                      WaitJob::Slice slice) {
  return startJob(info, std::make_unique<WaitJob>(deadlineNs, tooLate, std::move(slice)), "cancel");
}

Napi::Value nowNs(const Napi::CallbackInfo& info) { return Napi::BigInt::New(info.Env(), monotonicNs()); }

Napi::Value panfrostWaitBo(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const uint32_t handle = readUint32(info, 1, "handle");
  // EBUSY is a time that was past at the start, also that of a slice whose thread was late.
  return startWait(info, readTimeNs(info, 2, "timeoutNs"), {ETIMEDOUT, EBUSY}, [=](int64_t until) -> int64_t {
    uapi::PanfrostWaitBo request{};
    request.handle = handle;
    request.timeout_ns = until;
    return requestOf(fd, uapi::kPanfrostWaitBo, request);
  });
}

Napi::Value syncobjWait(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto handles = readUint32Array(info, 1, "handles");
  const int64_t deadlineNs = readTimeNs(info, 2, "timeoutNs");
  const uint32_t flags = readUint32(info, 3, "flags");
  return startWait(info, deadlineNs, {ETIME, ETIME}, [=](int64_t until) -> int64_t {
    uapi::SyncobjWait request{};
    request.handles = pointerTo(handles);
    request.count_handles = static_cast<uint32_t>(handles.size());
    request.timeout_nsec = until;
    request.flags = flags;
    const int result = requestOf(fd, uapi::kSyncobjWait, request);
    return result < 0 ? result : static_cast<int64_t>(request.first_signaled);
  });
}

Napi::Value syncobjTimelineWait(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto handles = readUint32Array(info, 1, "handles");
  const auto points = readUint64Array(info, 2, "points", handles.size());
  const int64_t deadlineNs = readTimeNs(info, 3, "timeoutNs");
  const uint32_t flags = readUint32(info, 4, "flags");
  return startWait(info, deadlineNs, {ETIME, ETIME}, [=](int64_t until) -> int64_t {
    uapi::SyncobjTimelineWait request{};
    request.handles = pointerTo(handles);
    request.points = pointerTo(points);
    request.count_handles = static_cast<uint32_t>(handles.size());
    request.timeout_nsec = until;
    request.flags = flags;
    const int result = requestOf(fd, uapi::kSyncobjTimelineWait, request);
    return result < 0 ? result : static_cast<int64_t>(request.first_signaled);
  });
}

Napi::Value pollFile(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto events = static_cast<short>(readInteger(info, 1, "events", 0, 0x7fff));
  const int64_t deadlineNs = readTimeNs(info, 2, "timeoutNs");
  return startWait(info, deadlineNs, {ETIME, EINTR}, [=](int64_t until) -> int64_t {
    const int64_t leftNs = std::max<int64_t>(until - monotonicNs(), 0);
    pollfd request{fd, events, 0};
    const int result = poll(&request, 1, static_cast<int>((leftNs + 999999) / 1000000));
    if (result < 0) return -errno;
    if (result > 0) return request.revents;
    return until == deadlineNs ? 0 : -ETIME;
  });
}

Napi::Value heapAllocate(const Napi::CallbackInfo& info) {
  const int heapFd = readFd(info, 0);
  const uint64_t lengthBytes = readByteCount(info, 1, "lengthBytes");
  const auto allocate = [=]() -> int64_t {
    uapi::DmaHeapAllocation request{};
    request.len = lengthBytes;
    request.fd_flags = O_RDWR | O_CLOEXEC;
    const int result = requestOf(heapFd, uapi::kDmaHeapAlloc, request);
    return result < 0 ? result : static_cast<int64_t>(request.fd);
  };
  const auto release = [](int64_t fd) { closeFile(static_cast<int>(fd)); };
  return startJob(info, std::make_unique<AllocationJob>(allocate, release), "cancel");
}

Napi::Value createBuffer(const Napi::CallbackInfo& info) {
  const GemDriver* const driver = &readGemDriver(info[0]);
  const int fd = readFd(info, 1);
  const uint64_t sizeBytes = readByteCount(info, 2, "sizeBytes");
  const uint32_t flags = readUint32(info, 3, "flags");
  const auto create = [=]() -> int64_t {
    uint32_t handle = 0;
    const int result = driver->create(fd, sizeBytes, flags, &handle);
    return result < 0 ? result : static_cast<int64_t>(handle);
  };
  const auto release = [fd](int64_t handle) { closeGemHandle(fd, static_cast<uint32_t>(handle)); };
  return startJob(info, std::make_unique<AllocationJob>(create, release), "cancel");
}

}  // namespace

Napi::Object blockingCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<nowNs>(calls, "nowNs");
  addCall<panfrostWaitBo>(calls, "panfrostWaitBo");
  addCall<syncobjWait>(calls, "syncobjWait");
  addCall<syncobjTimelineWait>(calls, "syncobjTimelineWait");
  addCall<pollFile>(calls, "poll");
  addCall<heapAllocate>(calls, "heapAllocate");
  addCall<createBuffer>(calls, "createBuffer");
  return calls;
}

}  // namespace gemrig
