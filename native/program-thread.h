// One thread of a program of operations (src/backend/program-calls.ts): its slots and its counts.
#pragma once

#include <atomic>
#include <map>
#include <vector>

#include "gem-driver.h"
#include "latency.h"

namespace gemrig {

enum class ProgramOp : uint32_t {
  kCreate,
  kClose,
  kMap,
  kUnmap,
  kMadvise,
  kFill,
  kVerify,
  kTouch,
  kHeapAllocate,
  kSleep,
  kCloseHandle,
  kMadviseHandle,
};
inline constexpr uint32_t kProgramOps = 12;

struct ProgramInstruction {
  ProgramOp op;
  uint32_t slot;
  uint32_t a;
  uint32_t b;
};

struct Program {
  const GemDriver* driver;
  int fd;
  int heapFd;
  std::vector<ProgramInstruction> code;
  uint32_t slots;
  uint32_t iterations;
};

struct OpCounts {
  LatencyHistogram latency;
  uint64_t purged = 0;
  uint64_t corrupt = 0;
  std::map<int, uint64_t> errors;

  void merge(const OpCounts& other);
};

class ProgramThread {
 public:
  explicit ProgramThread(const Program& program) : program_(program), slots_(program.slots) {}
  ~ProgramThread();
  ProgramThread(const ProgramThread&) = delete;
  ProgramThread& operator=(const ProgramThread&) = delete;

  // Runs the list as often as the program says, or until `stop`.
  void run(const std::atomic<bool>& stop);

  const OpCounts& counts(uint32_t op) const { return counts_[op]; }
  uint64_t iterations() const { return iterations_; }

 private:
  struct Slot {
    enum { kEmpty, kGem, kDmaBuf } kind = kEmpty;
    uint32_t handle = 0;  // or the dma-buf's descriptor
    size_t sizeBytes = 0;
    uint8_t* start = nullptr;
  };

  // The time when it ended; `begin` is when the one before it did.
  int64_t execute(const ProgramInstruction& instruction, int64_t begin, const std::atomic<bool>& stop);
  // 0 or above, a negative errno, or one of the two below.
  int64_t perform(const ProgramInstruction& instruction, Slot& slot, const std::atomic<bool>& stop);
  int64_t create(const ProgramInstruction& instruction, Slot& slot);
  int64_t madvise(uint32_t handle, uint32_t advice);
  int64_t allocate(const ProgramInstruction& instruction, Slot& slot);
  int64_t close(Slot& slot);
  int64_t map(Slot& slot);
  int64_t unmap(Slot& slot);
  int64_t access(const ProgramInstruction& instruction, const Slot& slot);

  const Program& program_;
  std::vector<Slot> slots_;
  OpCounts counts_[kProgramOps];
  uint64_t iterations_ = 0;
};

}  // namespace gemrig
