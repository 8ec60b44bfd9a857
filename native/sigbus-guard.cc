// The SIGBUS handler: sigaction(2), sigsetjmp(3), signal-safety(7). The process has one, whichever
// environments are loaded; what it needs of a thread is that thread's own.
#include "sigbus-guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <atomic>
#include <mutex>

namespace gemrig {

__thread SigbusGuard* innermostSigbusGuard __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

// The fault that this thread has handed to the handler before ours, and from which place in the stack.
struct Forwarding {
  const void* context;
  uintptr_t frame;
};

__thread Forwarding forwarding __attribute__((tls_model("initial-exec"))) = {nullptr, 0};

// What was installed before us. Never freed: a handler on another thread may be reading it.
std::atomic<const struct sigaction*> previousAction{nullptr};

// Whether the faulting instruction runs again when the handler returns: SIGBUS from kill(2) and an "action
// optional" report of broken memory come from no instruction.
bool repeats(const siginfo_t& info) { return info.si_code > 0 && info.si_code != BUS_MCEERR_AO; }

// Ends the process as if there had never been a handler: same signal, and a core that shows the fault.
void die(int signal, const siginfo_t& info) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  if (!repeats(info)) raise(signal);
}

// Two libraries that install themselves over each other again and again can end up as each other's previous
// handler. Such a fault comes back here with the same context, from deeper in the stack. (A handler that left
// by longjmp leaves its mark behind, but never from a place higher in the stack with the same context.)
bool comesBack(const Forwarding& here) {
  return here.context == forwarding.context && here.frame < forwarding.frame;
}

void passOn(int signal, siginfo_t* info, void* context) {
  const Forwarding outer = forwarding;
  const Forwarding here = {context, reinterpret_cast<uintptr_t>(&outer)};
  const struct sigaction* previous = previousAction.load(std::memory_order_acquire);
  const bool ignored = previous->sa_handler == SIG_IGN;
  if (ignored && !repeats(*info)) return;
  if (ignored || previous->sa_handler == SIG_DFL || comesBack(here)) return die(signal, *info);

  forwarding = here;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, &previous->sa_mask, &mask);
  if ((previous->sa_flags & SA_SIGINFO) != 0) {
    previous->sa_sigaction(signal, info, context);
  } else {
    previous->sa_handler(signal);
  }
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  forwarding = outer;
}

void onSigbus(int signal, siginfo_t* info, void* context) {
  // BUS_ADRERR is the only code for "no page behind this address". With the others si_addr is somebody's pid,
  // or the memory itself is broken, which nobody may hide.
  if (info->si_code == BUS_ADRERR) {
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    for (SigbusGuard* guard = innermostSigbusGuard; guard != nullptr; guard = guard->outer) {
      if (address < guard->begin || address >= guard->end) continue;
      innermostSigbusGuard = guard->outer;
      // Our own handler changes no mask, but another one may have been called first and passed the fault on
      // to us.
      pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t*>(context)->uc_sigmask, nullptr);
      siglongjmp(guard->jump, 1);
    }
  }
  passOn(signal, info, context);
}

bool isOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == onSigbus;
}

// Node unloads an addon when the last worker that loaded it ends. The handler has to stay where it is.
void stayLoaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&onSigbus), &self) != 0) {
    dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

void install() {
  static std::mutex installing;
  const std::lock_guard<std::mutex> lock(installing);
  struct sigaction current;
  sigaction(SIGBUS, nullptr, &current);
  if (isOurs(current)) return;
  if (previousAction.load() == nullptr) stayLoaded();
  previousAction.store(new struct sigaction(current), std::memory_order_release);

  struct sigaction action = {};
  action.sa_sigaction = onSigbus;
  // NODEFER: the handler leaves by longjmp, and the next SIGBUS has to find the signal unblocked.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

void ensureSigbusHandler() {
  // Asked each time: a listener for SIGBUS in JavaScript, for instance, replaces the handler without a word,
  // and the next purged page would then be an endless loop.
  struct sigaction current;
  sigaction(SIGBUS, nullptr, &current);
  if (!isOurs(current)) install();
}

}  // namespace gemrig
