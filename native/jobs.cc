// Threads and promises: Node-API's thread-safe functions, https://nodejs.org/api/n-api.html.
#include "jobs.h"

#include <cerrno>
#include <system_error>
#include <thread>
#include <unordered_map>

namespace gemrig {
namespace {

// The order of members is the order of ends, from the last: the thread is joined before anything else goes.
struct RunningJob {
  std::unique_ptr<Job> job;
  std::atomic<bool> stop{false};
  napi_threadsafe_function done = nullptr;
  std::thread thread;
};

// The jobs of one environment, by number: what JavaScript holds to stop one cannot dangle. Touched by the
// environment's own thread alone.
struct Jobs {
  std::unordered_map<uint64_t, std::unique_ptr<RunningJob>> running;
  uint64_t next = 1;
};

Jobs& jobsOf(Napi::Env env) { return *env.GetInstanceData<Jobs>(); }

// Cleanup hooks run before anything of the environment is freed, those of the jobs' thread-safe functions
// (which came later) before this one: a thread that ends now is told that its function is closing, and
// touches it no more.
void stopAll(void* data) {
  auto& jobs = *static_cast<Jobs*>(data);
  for (auto& entry : jobs.running) entry.second->stop = true;
  for (auto& entry : jobs.running) {
    entry.second->thread.join();
    entry.second->job->abandon();
  }
  jobs.running.clear();
}

void runOnThread(RunningJob* running, uint64_t number) {
  running->job->run(running->stop);
  void* const data = reinterpret_cast<void*>(static_cast<uintptr_t>(number));
  // After napi_closing the function may not be touched again, not even to be released.
  if (napi_call_threadsafe_function(running->done, data, napi_tsfn_nonblocking) == napi_ok)
    napi_release_threadsafe_function(running->done, napi_tsfn_release);
}

// On JavaScript's thread, after run(). `resolve` is the promise's. Without an environment it is too late: the
// hook above has taken care of the job.
void answerJob(napi_env rawEnv, napi_value resolve, void*, void* data) {
  if (rawEnv == nullptr) return;
  const Napi::Env env(rawEnv);
  Jobs& jobs = jobsOf(env);
  const auto found = jobs.running.find(reinterpret_cast<uintptr_t>(data));
  if (found == jobs.running.end()) return;
  const std::unique_ptr<RunningJob> running = std::move(found->second);
  jobs.running.erase(found);
  running->thread.join();
  try {
    const Napi::Value answer = running->job->answer(env);
    Napi::Function(env, resolve).Call({answer});
  } catch (const Napi::Error&) {
    // The worker is being terminated, and nobody sees the answer.
    running->job->abandon();
  } catch (const std::bad_alloc&) {
    running->job->abandon();
    Napi::Function(env, resolve).Call({Napi::Number::New(env, -ENOMEM)});
  }
}

struct PromiseParts {
  Napi::Value promise;
  Napi::Function resolve;
};

// new Promise((resolve) => ...), as a deferred of Node-API's that is never resolved would never be freed.
PromiseParts newPromise(Napi::Env env) {
  // A reference, as what the executor is given is of the executor's scope. Shared with the executor, which a
  // Promise that is not Node's might call at any time.
  const auto resolve = std::make_shared<Napi::FunctionReference>();
  const auto executor = Napi::Function::New(env, [resolve](const Napi::CallbackInfo& info) {
    if (info[0].IsFunction()) *resolve = Napi::Persistent(info[0].As<Napi::Function>());
  });
  const Napi::Value promise = env.Global().Get("Promise").As<Napi::Function>().New({executor});
  if (resolve->IsEmpty()) throw Napi::TypeError::New(env, "Promise is not Node's own");
  const Napi::Function function = resolve->Value();
  resolve->Reset();
  return {promise, function};
}

Napi::Function newStop(Napi::Env env, const char* name, uint64_t number) {
  return Napi::Function::New(
      env,
      [number](const Napi::CallbackInfo& info) {
        Jobs& jobs = jobsOf(info.Env());
        const auto found = jobs.running.find(number);
        if (found != jobs.running.end()) found->second->stop = true;
      },
      name);
}

}  // namespace

void initializeJobs(Napi::Env env) {
  auto* const jobs = new Jobs();
  env.SetInstanceData(jobs);
  napi_add_env_cleanup_hook(env, stopAll, jobs);
}

Napi::Object startJob(const Napi::CallbackInfo& info, std::unique_ptr<Job> job, const char* stopName) {
  const Napi::Env env = info.Env();
  Jobs& jobs = jobsOf(env);
  const uint64_t number = jobs.next++ & 0x7fffffff;  // it travels as a pointer, which may have 32 bits
  const auto [promise, resolve] = newPromise(env);
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("result", promise);
  answer.Set(stopName, newStop(env, stopName, number));

  auto running = std::make_unique<RunningJob>();
  running->job = std::move(job);
  const napi_status status =
      napi_create_threadsafe_function(env, resolve, nullptr, Napi::String::New(env, "gemrig job"), 0, 1,
                                      nullptr, nullptr, nullptr, answerJob, &running->done);
  if (status != napi_ok) throw Napi::Error::New(env);
  RunningJob* const started = running.get();
  jobs.running.emplace(number, std::move(running));
  try {
    started->thread = std::thread(runOnThread, started, number);
  } catch (const std::system_error&) {
    napi_release_threadsafe_function(started->done, napi_tsfn_abort);
    jobs.running.erase(number);
    resolve.Call({Napi::Number::New(env, -EAGAIN)});
  }
  return answer;
}

}  // namespace gemrig
