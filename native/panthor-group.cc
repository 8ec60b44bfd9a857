// Panthor's groups of queues and their tiler heaps: panthor_drv.c, panthor_sched.c, panthor_heap.c.
#include "arrays.h"
#include "ioctl.h"
#include "outcome.h"
#include "panthor.h"

namespace gemrig {
namespace {

Napi::Value groupCreate(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const Fields group(info, info[1], "request");
  const auto queues =
      readObjects<uapi::PanthorQueueCreate>(info, group.get("queues"), "queues", [](const Fields& queue) {
        uapi::PanthorQueueCreate create{};
        create.priority = static_cast<uint8_t>(queue.uint32("priority", 255));
        create.ringbuf_size = queue.uint32("ringbufSizeBytes");
        return create;
      });
  uapi::PanthorGroupCreate request{};
  request.queues = arrayOf(queues);
  request.max_compute_cores = static_cast<uint8_t>(group.uint32("maxComputeCores", 255));
  request.max_fragment_cores = static_cast<uint8_t>(group.uint32("maxFragmentCores", 255));
  request.max_tiler_cores = static_cast<uint8_t>(group.uint32("maxTilerCores", 255));
  request.priority = static_cast<uint8_t>(group.uint32("priority", 255));
  request.compute_core_mask = group.uint64("computeCoreMask");
  request.fragment_core_mask = group.uint64("fragmentCoreMask");
  request.tiler_core_mask = group.uint64("tilerCoreMask");
  request.vm_id = group.uint32("vmId");
  const int result = requestOf(fd, uapi::kPanthorGroupCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  return objectOf(info.Env(), "handle", request.group_handle);
}

Napi::Value groupDestroy(const Napi::CallbackInfo& info) {
  uapi::PanthorGroupDestroy request{};
  const int fd = readFd(info, 0);
  request.group_handle = readUint32(info, 1, "handle");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorGroupDestroy, request));
}

Napi::Value groupGetState(const Napi::CallbackInfo& info) {
  uapi::PanthorGroupGetState request{};
  const int fd = readFd(info, 0);
  request.group_handle = readUint32(info, 1, "handle");
  const int result = requestOf(fd, uapi::kPanthorGroupGetState, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "state", request.state);
  answer.Set("fatalQueues", request.fatal_queues);
  return answer;
}

Napi::Value groupSubmit(const Napi::CallbackInfo& info) {
  uapi::PanthorGroupSubmit request{};
  const int fd = readFd(info, 0);
  request.group_handle = readUint32(info, 1, "handle");
  std::vector<std::vector<uapi::PanthorSyncOp>> syncs;
  auto submits = readObjects<uapi::PanthorQueueSubmit>(info, info[2], "submits", [&](const Fields& submit) {
    uapi::PanthorQueueSubmit queue{};
    queue.queue_index = submit.uint32("queueIndex");
    queue.stream_size = submit.uint32("streamSizeBytes");
    queue.stream_addr = submit.uint64("streamGpuAddress");
    queue.latest_flush = submit.uint32("latestFlush");
    syncs.push_back(readSyncOps(info, submit.get("syncs")));
    return queue;
  });
  // Only now, as the vectors no longer move.
  for (size_t i = 0; i < submits.size(); i++) submits[i].syncs = arrayOf(syncs[i]);
  request.queue_submits = arrayOf(submits);
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorGroupSubmit, request));
}

Napi::Value tilerHeapCreate(const Napi::CallbackInfo& info) {
  const int fd = readFd(info, 0);
  const Fields heap(info, info[1], "request");
  uapi::PanthorTilerHeapCreate request{};
  request.vm_id = heap.uint32("vmId");
  request.initial_chunk_count = heap.uint32("initialChunkCount");
  request.chunk_size = heap.uint32("chunkSizeBytes");
  request.max_chunks = heap.uint32("maxChunks");
  request.target_in_flight = heap.uint32("targetInFlight");
  const int result = requestOf(fd, uapi::kPanthorTilerHeapCreate, request);
  if (result < 0) return answerOf(info.Env(), result);
  Napi::Object answer = objectOf(info.Env(), "contextGpuAddress", request.tiler_heap_ctx_gpu_va);
  answer.Set("firstChunkGpuAddress", Napi::BigInt::New(info.Env(), request.first_heap_chunk_gpu_va));
  answer.Set("handle", request.handle);
  return answer;
}

Napi::Value tilerHeapDestroy(const Napi::CallbackInfo& info) {
  uapi::PanthorTilerHeapDestroy request{};
  const int fd = readFd(info, 0);
  request.handle = readUint32(info, 1, "handle");
  return answerOf(info.Env(), requestOf(fd, uapi::kPanthorTilerHeapDestroy, request));
}

}  // namespace

void addPanthorGroupCalls(Napi::Object& calls) {
  addCall<groupCreate>(calls, "groupCreate");
  addCall<groupDestroy>(calls, "groupDestroy");
  addCall<groupGetState>(calls, "groupGetState");
  addCall<groupSubmit>(calls, "groupSubmit");
  addCall<tilerHeapCreate>(calls, "tilerHeapCreate");
  addCall<tilerHeapDestroy>(calls, "tilerHeapDestroy");
}

}  // namespace gemrig
