// The groups of calls that the addon exports, one for each kernel interface. Their TypeScript shapes:
// src/backend.
#pragma once

#include "node-api.h"

namespace gemrig {

Napi::Object drmCalls(Napi::Env env);
Napi::Object panfrostCalls(Napi::Env env);
Napi::Object dmaHeapCalls(Napi::Env env);
Napi::Object memoryCalls(Napi::Env env);

}  // namespace gemrig
