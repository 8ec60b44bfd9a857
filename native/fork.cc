// verify() by a forked process: fork(2), munmap(2) of a part, execve(2). The child is one thread of a process
// that had many, so it calls nothing but what signal-safety(7) allows.
#include "fork.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "pattern.h"
#include "sigbus-guard.h"

namespace gemrig {
namespace {

constexpr size_t kPageBytes = 4096;

int64_t verify(uint8_t* start, size_t length, uint64_t mixed) {
  size_t right = 0;
  const bool done =
      runSigbusGuarded(start, length, [&] { right = countPatternBytes(start, mixed, 0, length); });
  return done ? static_cast<int64_t>(right) : kRaisedSigbus;
}

[[noreturn]] void runChild(uint8_t* start, size_t length, uint64_t mixed, bool exec, int out) {
  int64_t answer = verify(start, length, mixed);
  const size_t kept = (length / 2 + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (kept < length && munmap(start + kept, length - kept) != 0) {
    answer = -errno;
  } else if (answer >= 0) {
    const int64_t again = verify(start, kept, mixed);
    if (again < 0 || static_cast<size_t>(again) < kept) answer = std::min(answer, again);
  }
  if (::write(out, &answer, sizeof answer) != static_cast<ssize_t>(sizeof answer)) _exit(1);
  if (exec) {
    char* const arguments[] = {const_cast<char*>("node"), const_cast<char*>("--version"), nullptr};
    char* const environment[] = {nullptr};
    const int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
      dup2(null, STDOUT_FILENO);
      dup2(null, STDERR_FILENO);
    }
    execve("/proc/self/exe", arguments, environment);
    _exit(1);
  }
  _exit(0);
}

}  // namespace

int64_t verifyInFork(uint8_t* start, size_t length, uint64_t mixed, bool exec) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  const pid_t child = fork();
  if (child == 0) runChild(start, length, mixed, exec, ends[1]);
  const int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return -error;
  }
  int64_t answer = 0;
  ssize_t got = 0;
  do {
    got = ::read(ends[0], &answer, sizeof answer);
  } while (got < 0 && errno == EINTR);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return got == static_cast<ssize_t>(sizeof answer) && ended ? answer : -ECHILD;
}

}  // namespace gemrig
