// Work on threads of its own, answered as a promise: not on libuv's pool, whose four threads Node's file
// system and name service need.
#pragma once

#include <atomic>
#include <memory>

#include "node-api.h"

namespace gemrig {

// One piece of work. It outlives its thread and is destroyed on JavaScript's.
class Job {
 public:
  virtual ~Job() = default;

  // On a thread of its own, without Node-API. Returns within some ten milliseconds of `stop`, if it can.
  virtual void run(const std::atomic<bool>& stop) = 0;

  // On JavaScript's thread after run(): what the promise is resolved with.
  virtual Napi::Value answer(Napi::Env env) = 0;

  // Instead of answer(), when the environment ends first: gives back what nobody will ever know of.
  virtual void abandon() {}
};

// Starts it, and answers {result: Promise, [stopName]: () => void}. A job that cannot get a thread is
// answered with -EAGAIN.
Napi::Object startJob(const Napi::CallbackInfo& info, std::unique_ptr<Job> job, const char* stopName);

// Makes room for the jobs of this environment, and stops and joins them at its end.
void initializeJobs(Napi::Env env);

}  // namespace gemrig
