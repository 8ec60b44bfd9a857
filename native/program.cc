// Runs a program of operations on several threads. Its TypeScript shape: src/backend/program-calls.ts.
#include <system_error>
#include <thread>

#include "arrays.h"
#include "calls.h"
#include "clock.h"
#include "jobs.h"
#include "outcome.h"
#include "program-thread.h"

namespace gemrig {
namespace {

constexpr uint32_t kWords = 4;
constexpr uint32_t kMaxSlots = 4096;
constexpr uint32_t kMaxThreads = 256;
constexpr const char* kOpNames[kProgramOps] = {"create",       "close", "map",         "unmap",
                                               "madvise",      "fill",  "verify",      "touch",
                                               "heapAllocate", "sleep", "closeHandle", "madviseHandle"};

std::vector<ProgramInstruction> decode(const Fields& request) {
  const std::vector<uint32_t> words = request.uint32Array("code");
  if (words.size() % kWords != 0) throw request.error("code", "whole operations of 4 words");
  std::vector<ProgramInstruction> code;
  for (size_t i = 0; i < words.size(); i += kWords) {
    if (words[i] >= kProgramOps) throw request.error("code", "made of the operations of PROGRAM_OP");
    if (words[i + 1] >= kMaxSlots) throw request.error("code", "made for slots from 0 to 4095");
    code.push_back({static_cast<ProgramOp>(words[i]), words[i + 1], words[i + 2], words[i + 3]});
  }
  return code;
}

class ProgramJob : public Job {
 public:
  ProgramJob(Program program, uint32_t threads) : program_(std::move(program)), threads_(threads) {}

  void run(const std::atomic<bool>& stop) override {
    std::vector<std::unique_ptr<ProgramThread>> states;
    std::vector<std::thread> threads;
    std::atomic<bool> go{false};
    std::atomic<bool> failed{false};
    int64_t begin = 0;
    try {
      for (uint32_t i = 0; i < threads_; i++) {
        states.push_back(std::make_unique<ProgramThread>(program_));
        ProgramThread* const state = states.back().get();
        threads.emplace_back([state, &go, &failed, &stop] {
          while (!go) std::this_thread::yield();
          if (!failed) state->run(stop);
        });
      }
    } catch (const std::system_error&) {
      error_ = EAGAIN;
    } catch (const std::bad_alloc&) {
      error_ = ENOMEM;
    }
    failed = error_ != 0;
    begin = monotonicNs();
    go = true;
    for (std::thread& thread : threads) thread.join();
    elapsedNs_ = monotonicNs() - begin;
    stopped_ = stop;
    for (const auto& state : states) {
      iterations_ += state->iterations();
      for (uint32_t op = 0; op < kProgramOps; op++) counts_[op].merge(state->counts(op));
    }
  }

  Napi::Value answer(Napi::Env env) override {
    if (error_ != 0) return refused(env, error_);
    Napi::Object operations = Napi::Object::New(env);
    for (uint32_t op = 0; op < kProgramOps; op++) {
      if (counts_[op].latency.count() > 0) operations.Set(kOpNames[op], reportOf(env, counts_[op]));
    }
    Napi::Object report = Napi::Object::New(env);
    report.Set("operations", operations);
    report.Set("iterations", static_cast<double>(iterations_));
    report.Set("elapsedNs", static_cast<double>(elapsedNs_));
    report.Set("stopped", stopped_);
    return report;
  }

 private:
  static Napi::Object reportOf(Napi::Env env, const OpCounts& counts) {
    Napi::Object report = Napi::Object::New(env);
    report.Set("count", static_cast<double>(counts.latency.count()));
    report.Set("purged", static_cast<double>(counts.purged));
    report.Set("corrupt", static_cast<double>(counts.corrupt));
    Napi::Object errors = Napi::Object::New(env);
    for (const auto& error : counts.errors)
      errors.Set(static_cast<uint32_t>(error.first), static_cast<double>(error.second));
    report.Set("errors", errors);
    report.Set("totalNs", static_cast<double>(counts.latency.totalNs()));
    report.Set("minimumNs", static_cast<double>(counts.latency.minimumNs()));
    report.Set("maximumNs", static_cast<double>(counts.latency.maximumNs()));
    Napi::Float64Array histogram = Napi::Float64Array::New(env, LatencyHistogram::kBuckets);
    for (size_t i = 0; i < LatencyHistogram::kBuckets; i++)
      histogram[i] = static_cast<double>(counts.latency.buckets()[i]);
    report.Set("histogram", histogram);
    return report;
  }

  const Program program_;
  const uint32_t threads_;
  OpCounts counts_[kProgramOps];
  uint64_t iterations_ = 0;
  int64_t elapsedNs_ = 0;
  bool stopped_ = false;
  int error_ = 0;
};

Napi::Value runProgram(const Napi::CallbackInfo& info) {
  const Fields request(info, info[0], "request");
  Program program{};
  program.driver = &readGemDriver(request.get("driver"));
  program.fd = static_cast<int>(request.uint32("fd", std::numeric_limits<int>::max()));
  program.heapFd = request.get("heapFd").IsUndefined()
                       ? -1
                       : static_cast<int>(request.uint32("heapFd", std::numeric_limits<int>::max()));
  program.code = decode(request);
  for (const ProgramInstruction& instruction : program.code)
    program.slots = std::max(program.slots, instruction.slot + 1);
  program.iterations = request.uint32("iterations");
  const uint32_t threads = request.uint32("threads", kMaxThreads);
  if (threads == 0) throw request.error("threads", "an integer from 1 to 256");
  return startJob(info, std::make_unique<ProgramJob>(std::move(program), threads), "stop");
}

}  // namespace

Napi::Object programCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<runProgram>(calls, "run");
  return calls;
}

}  // namespace gemrig
