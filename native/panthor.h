// What the two files of Panthor's requests share.
#pragma once

#include <vector>

#include "node-api.h"
#include "uapi/panthor.h"

namespace gemrig {

// The kernel's way to take an array: it must stay where it is until the request is done.
template <typename Element>
uapi::PanthorObjArray arrayOf(const std::vector<Element>& elements) {
  return {sizeof(Element), static_cast<uint32_t>(elements.size()),
          reinterpret_cast<uintptr_t>(elements.data())};
}

// An array of objects {flags, handle, timelineValue}.
std::vector<uapi::PanthorSyncOp> readSyncOps(const Napi::CallbackInfo& info, const Napi::Value& value);

// Adds the requests of groups and tiler heaps.
void addPanthorGroupCalls(Napi::Object& calls);

}  // namespace gemrig
