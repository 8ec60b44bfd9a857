// What the kernel tells of an open file: /proc/self/fdinfo, proc_pid_fdinfo(5).
#include <string>

#include "arguments.h"
#include "calls.h"
#include "file.h"
#include "outcome.h"

namespace gemrig {
namespace {

Napi::Value readFdinfo(const Napi::CallbackInfo& info) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(readFd(info, 0));
  const int file = openFile(path.c_str(), O_RDONLY);
  if (file < 0) return refused(info.Env(), errno);
  std::string text;
  char part[4096];
  ssize_t length;
  // EINTR before the first byte asks for another try.
  while ((length = ::read(file, part, sizeof part)) > 0 || (length < 0 && errno == EINTR)) {
    if (length > 0) text.append(part, static_cast<size_t>(length));
  }
  const int error = errno;
  closeFile(file);
  if (length < 0) return refused(info.Env(), error);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("text", text);
  return answer;
}

}  // namespace

Napi::Object fdinfoCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<readFdinfo>(calls, "read");
  return calls;
}

}  // namespace gemrig
