// Panthor's requests but those of groups: drivers/gpu/drm/panthor/panthor_drv.c.
#include "uapi/panthor.h"

#include <cstring>
#include <string>

#include "arrays.h"
#include "calls.h"
#include "ioctl.h"
#include "outcome.h"
#include "panthor.h"

namespace gemrig {

std::vector<uapi::PanthorSyncOp> readSyncOps(const Napi::CallbackInfo& info, const Napi::Value& value) {
  return readObjects<uapi::PanthorSyncOp>(info, value, "syncs", [](const Fields& sync) {
    return uapi::PanthorSyncOp{sync.uint32("flags"), sync.uint32("handle"), sync.uint64("timelineValue")};
  });
}

namespace {

// An older kernel fills a shorter struct; the rest stays 0.
template <typename Answer>
int query(int fd, uint32_t type, Answer& answer) {
  uapi::PanthorDevQuery request{};
  request.type = type;
  request.size = sizeof answer;
  request.pointer = reinterpret_cast<uintptr_t>(&answer);
  return requestOf(fd, uapi::kPanthorDevQuery, request);
}

Napi::Value queryGpuInfo(Napi::Env env, int fd) {
  uapi::PanthorGpuInfo gpu{};
  const int result = query(fd, 0, gpu);
  if (result < 0) return answerOf(env, result);
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("gpuId", gpu.gpu_id);
  answer.Set("gpuRev", gpu.gpu_rev);
  answer.Set("csfId", gpu.csf_id);
  answer.Set("l2Features", gpu.l2_features);
  answer.Set("tilerFeatures", gpu.tiler_features);
  answer.Set("memFeatures", gpu.mem_features);
  answer.Set("mmuFeatures", gpu.mmu_features);
  answer.Set("threadFeatures", gpu.thread_features);
  answer.Set("maxThreads", gpu.max_threads);
  answer.Set("threadMaxWorkgroupSize", gpu.thread_max_workgroup_size);
  answer.Set("threadMaxBarrierSize", gpu.thread_max_barrier_size);
  answer.Set("coherencyFeatures", gpu.coherency_features);
  Napi::Array textures = Napi::Array::New(env, 4);
  for (uint32_t i = 0; i < 4; i++) textures.Set(i, gpu.texture_features[i]);
  answer.Set("textureFeatures", textures);
  answer.Set("asPresent", gpu.as_present);
  answer.Set("selectedCoherency", gpu.selected_coherency);
  answer.Set("shaderPresent", Napi::BigInt::New(env, gpu.shader_present));
  answer.Set("l2Present", Napi::BigInt::New(env, gpu.l2_present));
  answer.Set("tilerPresent", Napi::BigInt::New(env, gpu.tiler_present));
  answer.Set("coreFeatures", gpu.core_features);
  answer.Set("gpuFeatures", Napi::BigInt::New(env, gpu.gpu_features));
  return answer;
}

Napi::Value queryCsifInfo(Napi::Env env, int fd) {
  uapi::PanthorCsifInfo csif{};
  const int result = query(fd, 1, csif);
  if (result < 0) return answerOf(env, result);
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("csgSlotCount", csif.csg_slot_count);
  answer.Set("csSlotCount", csif.cs_slot_count);
  answer.Set("csRegCount", csif.cs_reg_count);
  answer.Set("scoreboardSlotCount", csif.scoreboard_slot_count);
  answer.Set("unpreservedCsRegCount", csif.unpreserved_cs_reg_count);
  return answer;
}

Napi::Value queryTimestampInfo(Napi::Env env, int fd) {
  uapi::PanthorTimestampInfo timestamp{};
  const int result = query(fd, 2, timestamp);
  if (result < 0) return answerOf(env, result);
  Napi::Object answer = objectOf(env, "timestampFrequency", timestamp.timestamp_frequency);
  answer.Set("currentTimestamp", Napi::BigInt::New(env, timestamp.current_timestamp));
  answer.Set("timestampOffset", Napi::BigInt::New(env, timestamp.timestamp_offset));
  return answer;
}

Napi::Value queryGroupPriorities(Napi::Env env, int fd) {
  uapi::PanthorGroupPrioritiesInfo priorities{};
  const int result = query(fd, 3, priorities);
  if (result < 0) return answerOf(env, result);
  return objectOf(env, "allowedMask", uint32_t{priorities.allowed_mask});
}

Napi::Value devQuery(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const std::string kind = readString(info, 1, "kind");
  if (kind == "gpuInfo") return queryGpuInfo(info.Env(), fd);
  if (kind == "csifInfo") return queryCsifInfo(info.Env(), fd);
  if (kind == "timestampInfo") return queryTimestampInfo(info.Env(), fd);
  if (kind == "groupPrioritiesInfo") return queryGroupPriorities(info.Env(), fd);
  throw argumentError(info, "kind", "gpuInfo, csifInfo, timestampInfo or groupPrioritiesInfo");
}

Napi::Value vmCreate(const Napi::CallbackInfo& info) {
  uapi::PanthorVmCreate request{};
  const int fd = readFd(info, 0);
  request.user_va_range = readUint64(info, 1, "userVaRange");
  const int result = requestOf(fd, uapi::kPanthorVmCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "userVaRange", request.user_va_range);
  answer.Set("id", request.id);
  return answer;
}

Napi::Value vmDestroy(const Napi::CallbackInfo& info) {
  uapi::PanthorVmDestroy request{};
  const int fd = readFd(info, 0);
  request.id = readUint32(info, 1, "id");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorVmDestroy, request));
}

Napi::Value vmGetState(const Napi::CallbackInfo& info) {
  uapi::PanthorVmGetState request{};
  const int fd = readFd(info, 0);
  request.vm_id = readUint32(info, 1, "id");
  const int result = requestOf(fd, uapi::kPanthorVmGetState, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "state", request.state);
}

Napi::Value vmBind(const Napi::CallbackInfo& info) {
  uapi::PanthorVmBind request{};
  const int fd = readFd(info, 0);
  request.vm_id = readUint32(info, 1, "vmId");
  request.flags = readUint32(info, 2, "flags");
  std::vector<std::vector<uapi::PanthorSyncOp>> syncs;
  auto operations = readObjects<uapi::PanthorVmBindOp>(info, info[3], "operations", [&](const Fields& op) {
    uapi::PanthorVmBindOp bind{};
    bind.flags = op.uint32("flags");
    bind.bo_handle = op.uint32("boHandle");
    bind.bo_offset = op.uint64("boOffset");
    bind.va = op.uint64("gpuAddress");
    bind.size = op.uint64("sizeBytes");
    syncs.push_back(readSyncOps(info, op.get("syncs")));
    return bind;
  });
  // Only now, as the vectors no longer move.
  for (size_t i = 0; i < operations.size(); i++) operations[i].syncs = arrayOf(syncs[i]);
  request.ops = arrayOf(operations);
  const int result = requestOf(fd, uapi::kPanthorVmBind, request);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("result", result);
  if (result < 0 && request.ops.count < operations.size()) answer.Set("failedOperation", request.ops.count);
  return answer;
}

Napi::Value boCreate(const Napi::CallbackInfo& info) {
  uapi::PanthorBoCreate request{};
  const int fd = readFd(info, 0);
  request.size = readUint64(info, 1, "sizeBytes");
  request.flags = readUint32(info, 2, "flags");
  request.exclusive_vm_id = readUint32(info, 3, "exclusiveVmId");
  const int result = requestOf(fd, uapi::kPanthorBoCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "sizeBytes", request.size);
  answer.Set("handle", request.handle);
  return answer;
}

Napi::Value boMmapOffset(const Napi::CallbackInfo& info) {
  uapi::PanthorBoMmapOffset request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kPanthorBoMmapOffset, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "offset", request.offset);
}

Napi::Value boSetLabel(const Napi::CallbackInfo& info) {
  uapi::PanthorBoSetLabel request{};
  std::string label;
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  if (readLabel(info, 2, "label", label)) request.label = reinterpret_cast<uintptr_t>(label.c_str());
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorBoSetLabel, request));
}

Napi::Value boSync(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const auto operations =
      readObjects<uapi::PanthorBoSyncOp>(info, info[1], "operations", [](const Fields& op) {
        return uapi::PanthorBoSyncOp{op.uint32("handle"), op.uint32("type"), op.uint64("offset"),
                                     op.uint64("sizeBytes")};
      });
  uapi::PanthorBoSync request{};
  request.ops = arrayOf(operations);
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorBoSync, request));
}

Napi::Value boQueryInfo(const Napi::CallbackInfo& info) {
  uapi::PanthorBoQueryInfo request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kPanthorBoQueryInfo, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "createFlags", request.create_flags);
  answer.Set("extraFlags", request.extra_flags);
  return answer;
}

}  // namespace

Napi::Object panthorCalls(Napi::Env env) {
  Napi::Object calls = Napi::Object::New(env);
  addCall<devQuery>(calls, "devQuery");
  addCall<vmCreate>(calls, "vmCreate");
  addCall<vmDestroy>(calls, "vmDestroy");
  addCall<vmGetState>(calls, "vmGetState");
  addCall<vmBind>(calls, "vmBind");
  addCall<boCreate>(calls, "boCreate");
  addCall<boMmapOffset>(calls, "boMmapOffset");
  addCall<boSetLabel>(calls, "boSetLabel");
  addCall<boSync>(calls, "boSync");
  addCall<boQueryInfo>(calls, "boQueryInfo");
  addPanthorGroupCalls(calls);
  return calls;
}

}  // namespace gemrig
