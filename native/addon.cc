// Entry point of the addon. It keeps no state but each environment's own (main thread, worker): functions,
// what JavaScript objects own, and the jobs that run for it.
#include "calls.h"
#include "jobs.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  gemrig::initializeJobs(env);
  exports.Set("drm", gemrig::drmCalls(env));
  exports.Set("syncobj", gemrig::syncobjCalls(env));
  exports.Set("syncFile", gemrig::syncFileCalls(env));
  exports.Set("panfrost", gemrig::panfrostCalls(env));
  exports.Set("panthor", gemrig::panthorCalls(env));
  exports.Set("i915", gemrig::i915Calls(env));
  exports.Set("msm", gemrig::msmCalls(env));
  exports.Set("vc4", gemrig::vc4Calls(env));
  exports.Set("vgem", gemrig::vgemCalls(env));
  exports.Set("dmaHeap", gemrig::dmaHeapCalls(env));
  exports.Set("dmaBuf", gemrig::dmaBufCalls(env));
  exports.Set("udmabuf", gemrig::udmabufCalls(env));
  exports.Set("fdinfo", gemrig::fdinfoCalls(env));
  exports.Set("memory", gemrig::memoryCalls(env));
  exports.Set("batch", gemrig::batchCalls(env));
  exports.Set("blocking", gemrig::blockingCalls(env));
  exports.Set("program", gemrig::programCalls(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(gemrig, initialize)
