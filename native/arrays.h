// Readers of arrays and of objects with fields: copies, as what JavaScript owns may move once JavaScript
// runs.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "arguments.h"

namespace gemrig {

inline std::vector<uint32_t> readUint32Array(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array) {
    const auto array = value.As<Napi::Uint32Array>();
    return std::vector<uint32_t>(array.Data(), array.Data() + array.ElementLength());
  }
  throw argumentError(info, name, "a Uint32Array");
}

// With as many elements as `count`.
inline std::vector<uint64_t> readUint64Array(const Napi::CallbackInfo& info, size_t index, const char* name,
                                             size_t count) {
  const Napi::Value value = info[index];
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_biguint64_array) {
    const auto array = value.As<Napi::BigUint64Array>();
    if (array.ElementLength() == count)
      return std::vector<uint64_t>(array.Data(), array.Data() + array.ElementLength());
  }
  throw argumentError(info, name, "a BigUint64Array of " + std::to_string(count) + " elements");
}

// For answers: of `count` elements.
inline Napi::Float64Array readResults(const Napi::CallbackInfo& info, size_t index, const char* name,
                                      size_t count) {
  const Napi::Value value = info[index];
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    const auto array = value.As<Napi::Float64Array>();
    if (array.ElementLength() == count) return array;
  }
  throw argumentError(info, name, "a Float64Array of " + std::to_string(count) + " elements");
}

// A signed 64-bit time in ns.
inline int64_t readTimeNs(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (value.IsBigInt()) {
    bool lossless = false;
    const int64_t time = value.As<Napi::BigInt>().Int64Value(&lossless);
    if (lossless) return time;
  }
  throw argumentError(info, name, "a bigint of 64 bits");
}

// A string, or null for none.
inline bool readLabel(const Napi::CallbackInfo& info, size_t index, const char* name, std::string& label) {
  if (info[index].IsNull()) return false;
  label = readString(info, index, name);
  return true;
}

// The fields of an object argument. Field names go into the TypeError.
class Fields {
 public:
  Fields(const Napi::CallbackInfo& info, const Napi::Value& value, const char* name)
      : env_(info.Env()), name_(name) {
    if (!value.IsObject()) throw error("", "an object");
    object_ = value.As<Napi::Object>();
  }

  Napi::Value get(const char* field) const { return object_.Get(field); }

  uint32_t uint32(const char* field, double maximum = 4294967295.0) const {
    const Napi::Value value = get(field);
    if (value.IsNumber()) {
      const double number = value.As<Napi::Number>().DoubleValue();
      if (number >= 0 && number <= maximum && number == std::floor(number))
        return static_cast<uint32_t>(number);
    }
    throw error(field, "an integer from 0 to " + std::to_string(static_cast<uint64_t>(maximum)));
  }

  uint64_t uint64(const char* field) const {
    const Napi::Value value = get(field);
    if (value.IsBigInt()) {
      bool lossless = false;
      const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
      if (lossless) return number;
    }
    throw error(field, "a bigint from 0n to 18446744073709551615n");
  }

  std::vector<uint32_t> uint32Array(const char* field) const {
    const Napi::Value value = get(field);
    if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array) {
      const auto array = value.As<Napi::Uint32Array>();
      return std::vector<uint32_t>(array.Data(), array.Data() + array.ElementLength());
    }
    throw error(field, "a Uint32Array");
  }

  Napi::TypeError error(const std::string& field, const std::string& wanted) const {
    const std::string path = field.empty() ? name_ : std::string(name_) + '.' + field;
    return Napi::TypeError::New(env_, path + " must be " + wanted);
  }

 private:
  Napi::Env env_;
  const char* name_;
  Napi::Object object_;
};

// The elements of an array, each through `read(Fields)`.
template <typename Element, typename Read>
std::vector<Element> readObjects(const Napi::CallbackInfo& info, const Napi::Value& value, const char* name,
                                 Read read) {
  if (!value.IsArray()) throw argumentError(info, name, "an array");
  const auto array = value.As<Napi::Array>();
  std::vector<Element> elements;
  // The length is asked each time: a getter of an element may have changed it.
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value element = array[i];
    elements.push_back(read(Fields(info, element, name)));
  }
  return elements;
}

template <typename Element>
uint64_t pointerTo(const std::vector<Element>& elements) {
  return reinterpret_cast<uintptr_t>(elements.data());
}

}  // namespace gemrig
