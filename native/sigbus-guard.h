// Runs a loop over mapped memory so that SIGBUS from that memory ends the loop and not the process.
//
// The kernel raises SIGBUS when it has no page to give for an access: a purged buffer object
// (drivers/gpu/drm/drm_gem_shmem_helper.c), a file that was truncated (mm/filemap.c). Only such a fault, on
// an address of the guarded range, in the thread that runs the guard, is caught. Every other SIGBUS does what
// it did before.
#pragma once

#include <setjmp.h>

#include <cstddef>
#include <cstdint>

namespace gemrig {

// One guard that is running now. Guards nest: each knows the one around it. It lives on the stack of its
// thread.
struct SigbusGuard {
  sigjmp_buf jump;
  uintptr_t begin;
  uintptr_t end;
  SigbusGuard* outer;
};

// The innermost guard of this thread. initial-exec: the signal handler reads it, and the ordinary way to
// reach a thread's variable in a loaded library may call malloc, which a handler must not.
extern __thread SigbusGuard* innermostSigbusGuard __attribute__((tls_model("initial-exec")));

// Installs the handler if it is not installed (any more). The library stays loaded for ever from then on.
void ensureSigbusHandler();

// Calls work(). True when it returned; false when an access to [begin, begin + length) raised SIGBUS, which
// leaves it in the middle: `work` must be a plain loop that owns nothing, calls no Node-API function, and
// whose results are not looked at after false.
template <typename Work>
__attribute__((noinline)) bool runSigbusGuarded(const void* begin, size_t length, const Work& work) {
  ensureSigbusHandler();
  SigbusGuard guard;
  guard.begin = reinterpret_cast<uintptr_t>(begin);
  guard.end = guard.begin + length;
  guard.outer = innermostSigbusGuard;
  // The mask needs no saving here, which saves a system call: the handler puts it back.
  if (sigsetjmp(guard.jump, 0) != 0) return false;
  innermostSigbusGuard = &guard;
  // The compiler must not move an access to the mapping out of the guarded part: it knows of no signals.
  asm volatile("" ::: "memory");
  work();
  asm volatile("" ::: "memory");
  innermostSigbusGuard = guard.outer;
  return true;
}

}  // namespace gemrig
