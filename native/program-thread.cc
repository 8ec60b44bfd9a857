// What the operations of a program do: ioctl(2), mmap(2), and access to mapped memory under a SIGBUS guard.
#include "program-thread.h"

#include <sys/mman.h>

#include <algorithm>
#include <ctime>

#include "clock.h"
#include "file.h"
#include "ioctl.h"
#include "pattern.h"
#include "sigbus-guard.h"
#include "uapi/dma-heap.h"

namespace gemrig {
namespace {

constexpr int64_t kPurged = -1000001;
constexpr int64_t kCorrupt = -1000002;
constexpr size_t kPageBytes = 4096;
constexpr int64_t kSleepSliceNs = 10 * 1000 * 1000;

int64_t sleepUntil(int64_t deadlineNs, const std::atomic<bool>& stop) {
  for (int64_t left = deadlineNs - monotonicNs(); left > 0 && !stop; left = deadlineNs - monotonicNs()) {
    const timespec slice{0, static_cast<long>(std::min(left, kSleepSliceNs))};
    nanosleep(&slice, nullptr);
  }
  return 0;
}

}  // namespace

void OpCounts::merge(const OpCounts& other) {
  latency.merge(other.latency);
  purged += other.purged;
  corrupt += other.corrupt;
  for (const auto& error : other.errors) errors[error.first] += error.second;
}

ProgramThread::~ProgramThread() {
  for (Slot& slot : slots_) close(slot);
}

void ProgramThread::run(const std::atomic<bool>& stop) {
  // The end of one operation is the beginning of the next, which spares every second look at the clock.
  int64_t time = monotonicNs();
  for (; iterations_ < program_.iterations && !stop; iterations_++) {
    for (const ProgramInstruction& instruction : program_.code) {
      if (stop) return;
      time = execute(instruction, time, stop);
    }
  }
}

int64_t ProgramThread::execute(const ProgramInstruction& instruction, int64_t begin,
                               const std::atomic<bool>& stop) {
  OpCounts& counts = counts_[static_cast<uint32_t>(instruction.op)];
  const int64_t result = perform(instruction, slots_[instruction.slot], stop);
  const int64_t end = monotonicNs();
  counts.latency.add(static_cast<uint64_t>(end - begin));
  if (result == kPurged) {
    counts.purged++;
  } else if (result == kCorrupt) {
    counts.corrupt++;
  } else if (result < 0) {
    counts.errors[static_cast<int>(-result)]++;
  }
  return end;
}

int64_t ProgramThread::perform(const ProgramInstruction& instruction, Slot& slot,
                               const std::atomic<bool>& stop) {
  switch (instruction.op) {
    case ProgramOp::kCreate:
      return create(instruction, slot);
    case ProgramOp::kHeapAllocate:
      return allocate(instruction, slot);
    case ProgramOp::kClose:
      return close(slot);
    case ProgramOp::kMap:
      return map(slot);
    case ProgramOp::kUnmap:
      return unmap(slot);
    case ProgramOp::kMadvise:
      return slot.kind == Slot::kGem ? madvise(slot.handle, instruction.a) : -ENOENT;
    case ProgramOp::kSleep:
      return sleepUntil(monotonicNs() + int64_t{instruction.a} * 1000, stop);
    case ProgramOp::kCloseHandle:
      return closeGemHandle(program_.fd, instruction.a);
    case ProgramOp::kMadviseHandle:
      return madvise(instruction.a, instruction.b);
    default:
      return access(instruction, slot);
  }
}

int64_t ProgramThread::create(const ProgramInstruction& instruction, Slot& slot) {
  if (slot.kind != Slot::kEmpty) return -EEXIST;
  uint32_t handle = 0;
  const int result = program_.driver->create(program_.fd, instruction.a, instruction.b, &handle);
  if (result < 0) return result;
  slot = {Slot::kGem, handle, (size_t{instruction.a} + kPageBytes - 1) & ~(kPageBytes - 1), nullptr};
  return 0;
}

int64_t ProgramThread::allocate(const ProgramInstruction& instruction, Slot& slot) {
  if (slot.kind != Slot::kEmpty) return -EEXIST;
  uapi::DmaHeapAllocation request{};
  request.len = instruction.a;
  request.fd_flags = O_RDWR | O_CLOEXEC;
  const int result = requestOf(program_.heapFd, uapi::kDmaHeapAlloc, request);
  if (result < 0) return result;
  slot = {Slot::kDmaBuf, request.fd, (size_t{instruction.a} + kPageBytes - 1) & ~(kPageBytes - 1), nullptr};
  return 0;
}

int64_t ProgramThread::madvise(uint32_t handle, uint32_t advice) {
  const int retained = program_.driver->madvise(program_.fd, handle, advice);
  return retained == 0 ? kPurged : retained;
}

int64_t ProgramThread::close(Slot& slot) {
  if (slot.kind == Slot::kEmpty) return -ENOENT;
  unmap(slot);
  const Slot closing = slot;
  slot = Slot();
  if (closing.kind == Slot::kGem) return closeGemHandle(program_.fd, closing.handle);
  return closeFile(static_cast<int>(closing.handle)) < 0 ? -errno : 0;
}

int64_t ProgramThread::map(Slot& slot) {
  if (slot.kind == Slot::kEmpty) return -ENOENT;
  if (slot.start != nullptr) return -EEXIST;
  uint64_t offset = 0;
  int fd = static_cast<int>(slot.handle);
  if (slot.kind == Slot::kGem) {
    const int result = program_.driver->mapOffset(program_.fd, slot.handle, &offset);
    if (result < 0) return result;
    fd = program_.fd;
  }
  void* const start =
      mmap(nullptr, slot.sizeBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (start == MAP_FAILED) return -errno;
  slot.start = static_cast<uint8_t*>(start);
  return 0;
}

int64_t ProgramThread::unmap(Slot& slot) {
  if (slot.start == nullptr) return -EINVAL;
  const int result = munmap(slot.start, slot.sizeBytes);
  slot.start = nullptr;
  return result < 0 ? -errno : 0;
}

int64_t ProgramThread::access(const ProgramInstruction& instruction, const Slot& slot) {
  if (slot.start == nullptr) return -EINVAL;
  uint8_t* const start = slot.start;
  const size_t size = slot.sizeBytes;
  const uint64_t mixed = mixSeed(uint64_t{instruction.b} << 32 | instruction.a);
  size_t right = size;
  const bool done = runSigbusGuarded(start, size, [&] {
    if (instruction.op == ProgramOp::kFill) {
      fillPattern(start, mixed, 0, size);
    } else if (instruction.op == ProgramOp::kVerify) {
      right = countPatternBytes(start, mixed, 0, size);
    } else {
      for (size_t i = 0; i < size; i += kPageBytes) (void)*static_cast<volatile uint8_t*>(start + i);
    }
  });
  if (!done) return kPurged;
  return right == size ? 0 : kCorrupt;
}

}  // namespace gemrig
