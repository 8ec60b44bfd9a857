// The groups of calls that the addon exports, one for each kernel interface. Their TypeScript shapes:
// src/backend.
#pragma once

#include "node-api.h"

namespace gemrig {

Napi::Object drmCalls(Napi::Env env);
Napi::Object syncobjCalls(Napi::Env env);
Napi::Object syncFileCalls(Napi::Env env);
Napi::Object panfrostCalls(Napi::Env env);
Napi::Object panthorCalls(Napi::Env env);
Napi::Object i915Calls(Napi::Env env);
Napi::Object msmCalls(Napi::Env env);
Napi::Object vc4Calls(Napi::Env env);
Napi::Object vgemCalls(Napi::Env env);
Napi::Object dmaHeapCalls(Napi::Env env);
Napi::Object dmaBufCalls(Napi::Env env);
Napi::Object udmabufCalls(Napi::Env env);
Napi::Object fdinfoCalls(Napi::Env env);
Napi::Object memoryCalls(Napi::Env env);
Napi::Object batchCalls(Napi::Env env);
Napi::Object blockingCalls(Napi::Env env);
Napi::Object programCalls(Napi::Env env);

}  // namespace gemrig
