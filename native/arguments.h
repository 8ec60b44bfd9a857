// Readers of arguments: the value as the kernel's field takes it, or a TypeError that names the argument.
// Nothing is converted or truncated: what does not fit the field never reaches the kernel.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "node-api.h"

namespace gemrig {

inline constexpr double kMaxSafeInteger = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER

inline Napi::TypeError argumentError(const Napi::CallbackInfo& info, const char* name,
                                     const std::string& wanted) {
  return Napi::TypeError::New(info.Env(), std::string(name) + " must be " + wanted);
}

// An integer of [minimum, maximum]. Not NaN, no fraction, not a bigint, not a numeric string.
inline double readInteger(const Napi::CallbackInfo& info, size_t index, const char* name, double minimum,
                          double maximum) {
  const Napi::Value value = info[index];
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= minimum && number <= maximum && number == std::floor(number)) return number;
  }
  throw argumentError(info, name,
                      "an integer from " + std::to_string(static_cast<uint64_t>(minimum)) + " to " +
                          std::to_string(static_cast<uint64_t>(maximum)));
}

// A __u32 of the uAPI: handle, flags, parameter, advice.
inline uint32_t readUint32(const Napi::CallbackInfo& info, size_t index, const char* name) {
  return static_cast<uint32_t>(readInteger(info, index, name, 0, std::numeric_limits<uint32_t>::max()));
}

inline int readFd(const Napi::CallbackInfo& info, size_t index) {
  return static_cast<int>(readInteger(info, index, "fd", 0, std::numeric_limits<int>::max()));
}

// A count of bytes that a number holds exactly, from `minimum` on.
inline uint64_t readByteCount(const Napi::CallbackInfo& info, size_t index, const char* name,
                              double minimum = 0) {
  return static_cast<uint64_t>(readInteger(info, index, name, minimum, kMaxSafeInteger));
}

// A __u64 of the uAPI: a bigint from 0n to 2n ** 64n - 1n.
inline uint64_t readUint64(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (value.IsBigInt()) {
    bool lossless = false;
    const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
    if (lossless) return number;
  }
  throw argumentError(info, name, "a bigint from 0n to 18446744073709551615n");
}

// A string for the kernel, which ends strings at the first NUL: one inside would name another file.
inline std::string readString(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (value.IsString()) {
    std::string text = value.As<Napi::String>().Utf8Value();
    if (text.find('\0') == std::string::npos) return text;
  }
  throw argumentError(info, name, "a string without NUL characters");
}

// The bytes of a Uint8Array (a Buffer is one). They stay where they are only until JavaScript runs again.
inline Napi::Uint8Array readBytes(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
    return value.As<Napi::Uint8Array>();
  }
  throw argumentError(info, name, "a Uint8Array");
}

}  // namespace gemrig
