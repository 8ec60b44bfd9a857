// Entry point of the addon. It keeps no state: each environment (main thread, worker) gets functions of its
// own, and what they hold is owned by JavaScript objects of that environment.
#include "calls.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("drm", gemrig::drmCalls(env));
  exports.Set("panfrost", gemrig::panfrostCalls(env));
  exports.Set("dmaHeap", gemrig::dmaHeapCalls(env));
  exports.Set("memory", gemrig::memoryCalls(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(gemrig, initialize)
