// The same request for many buffers in one call. Their TypeScript shapes: src/backend/batch-calls.ts.
#include "arrays.h"
#include "calls.h"
#include "gem-driver.h"
#include "outcome.h"

namespace gemrig {
namespace {

// Answers how many calls worked; the errno of the one that did not is the last result.
template <typename OneCall>
Napi::Value each(Napi::Env env, const std::vector<uint32_t>& inputs, Napi::Float64Array results,
                 OneCall call) {
  double* const answers = results.Data();
  size_t done = 0;
  for (; done < inputs.size(); done++) {
    answers[done] = call(inputs[done]);
    if (answers[done] < 0) break;
  }
  return answerOf(env, static_cast<int64_t>(done));
}

Napi::Value createMany(const Napi::CallbackInfo& info) {
  const GemDriver& driver = readGemDriver(info[0]);
  const int fd = readFd(info, 1);
  const std::vector<uint32_t> sizes = readUint32Array(info, 2, "sizesBytes");
  const uint32_t flags = readUint32(info, 3, "flags");
  const Napi::Float64Array results = readResults(info, 4, "results", sizes.size());
  return each(info.Env(), sizes, results, [&](uint32_t sizeBytes) -> double {
    uint32_t handle = 0;
    const int result = driver.create(fd, sizeBytes, flags, &handle);
    return result < 0 ? result : static_cast<double>(handle);
  });
}

Napi::Value madviseMany(const Napi::CallbackInfo& info) {
  const GemDriver& driver = readGemDriver(info[0]);
  const int fd = readFd(info, 1);
  const std::vector<uint32_t> handles = readUint32Array(info, 2, "handles");
  const uint32_t advice = readUint32(info, 3, "advice");
  const Napi::Float64Array results = readResults(info, 4, "results", handles.size());
  return each(info.Env(), handles, results,
              [&](uint32_t handle) -> double { return driver.madvise(fd, handle, advice); });
}

}  // namespace

Napi::Object batchCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<createMany>(calls, "createMany");
  addCall<madviseMany>(calls, "madviseMany");
  return calls;
}

}  // namespace gemrig
