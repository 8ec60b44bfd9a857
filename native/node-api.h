// Node-API as this addon uses it. Every file includes this one and never <napi.h>, so that each way of
// building (node-gyp, a cross compiler) gets the same configuration. https://nodejs.org/api/n-api.html,
// node-addon-api.
#pragma once

#define NAPI_VERSION 8
#define NAPI_CPP_EXCEPTIONS
#define NODE_ADDON_API_DISABLE_DEPRECATED
// A worker that is being terminated refuses to take an exception. Without this node-addon-api would then
// abort the whole process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
#include <sys/types.h>

static_assert(sizeof(off_t) == 8, "build with -D_FILE_OFFSET_BITS=64: GEM offsets are beyond 4 GiB");
