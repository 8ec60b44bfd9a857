// Answers to JavaScript, in the kernel's own form: a value of 0 or above, an object, or a negative errno.
#pragma once

#include <cerrno>
#include <cstdint>
#include <new>

#include "node-api.h"

namespace gemrig {

// The refusal of a system call that has just failed. To be called before anything else can change errno.
inline Napi::Value refused(Napi::Env env, int error) { return Napi::Number::New(env, -error); }

// What a system call with no result but "done" answered: 0, or -1 and errno.
inline Napi::Value doneOrRefused(Napi::Env env, int result) {
  const int error = errno;
  return Napi::Number::New(env, result < 0 ? -error : 0);
}

// What a system call with a number above or equal 0 (a file descriptor, a size) answered, or -1 and errno.
inline Napi::Value numberOrRefused(Napi::Env env, int64_t result) {
  const int error = errno;
  return Napi::Number::New(env, static_cast<double>(result < 0 ? -error : result));
}

// A result in the kernel's own form already: 0 or above, or a negative errno.
inline Napi::Value answerOf(Napi::Env env, int64_t result) {
  return Napi::Number::New(env, static_cast<double>(result));
}

// An object with one 64-bit value.
inline Napi::Object objectOf(Napi::Env env, const char* name, uint64_t value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set(name, Napi::BigInt::New(env, value));
  return object;
}

// An object with one 32-bit value.
inline Napi::Object objectOf(Napi::Env env, const char* name, uint32_t value) {
  Napi::Object object = Napi::Object::New(env);
  object.Set(name, Napi::Number::New(env, value));
  return object;
}

using Call = Napi::Value (*)(const Napi::CallbackInfo&);

// node-addon-api turns only its own exceptions into JavaScript's; any other would end the process.
template <Call call>
Napi::Value answerOutOfMemory(const Napi::CallbackInfo& info) {
  try {
    return call(info);
  } catch (const std::bad_alloc&) {
    return refused(info.Env(), ENOMEM);
  }
}

template <Call call>
void addCall(Napi::Object& calls, const char* name) {
  calls.Set(name, Napi::Function::New<answerOutOfMemory<call>>(calls.Env(), name));
}

}  // namespace gemrig
