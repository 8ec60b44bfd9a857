// Panthor's requests and their layouts, after include/uapi/drm/panthor_drm.h (Linux 6.10 to 7.2).
// Declared here because older headers lack what newer kernels know. The layouts are the same on 32 and 64-bit
// machines.
#pragma once

#include <linux/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace gemrig::uapi {

struct PanthorObjArray {
  uint32_t stride;  // size of an element, for versions
  uint32_t count;
  uint64_t array;  // pointer
};
static_assert(sizeof(PanthorObjArray) == 16);
static_assert(offsetof(PanthorObjArray, stride) == 0);
static_assert(offsetof(PanthorObjArray, count) == 4);
static_assert(offsetof(PanthorObjArray, array) == 8);

struct PanthorSyncOp {
  uint32_t flags;
  uint32_t handle;
  uint64_t timeline_value;
};
static_assert(sizeof(PanthorSyncOp) == 16);
static_assert(offsetof(PanthorSyncOp, flags) == 0);
static_assert(offsetof(PanthorSyncOp, handle) == 4);
static_assert(offsetof(PanthorSyncOp, timeline_value) == 8);

struct PanthorDevQuery {
  uint32_t type;
  uint32_t size;  // in and out
  uint64_t pointer;
};
static_assert(sizeof(PanthorDevQuery) == 16);
static_assert(offsetof(PanthorDevQuery, type) == 0);
static_assert(offsetof(PanthorDevQuery, size) == 4);
static_assert(offsetof(PanthorDevQuery, pointer) == 8);

struct PanthorGpuInfo {
  uint32_t gpu_id;
  uint32_t gpu_rev;
  uint32_t csf_id;
  uint32_t l2_features;
  uint32_t tiler_features;
  uint32_t mem_features;
  uint32_t mmu_features;
  uint32_t thread_features;
  uint32_t max_threads;
  uint32_t thread_max_workgroup_size;
  uint32_t thread_max_barrier_size;
  uint32_t coherency_features;
  uint32_t texture_features[4];
  uint32_t as_present;
  uint32_t selected_coherency;  // 1.7
  uint64_t shader_present;
  uint64_t l2_present;
  uint64_t tiler_present;
  uint32_t core_features;
  uint32_t pad;
  uint64_t gpu_features;
};
static_assert(sizeof(PanthorGpuInfo) == 112);
static_assert(offsetof(PanthorGpuInfo, gpu_id) == 0);
static_assert(offsetof(PanthorGpuInfo, texture_features) == 48);
static_assert(offsetof(PanthorGpuInfo, selected_coherency) == 68);
static_assert(offsetof(PanthorGpuInfo, shader_present) == 72);
static_assert(offsetof(PanthorGpuInfo, core_features) == 96);
static_assert(offsetof(PanthorGpuInfo, gpu_features) == 104);

struct PanthorCsifInfo {
  uint32_t csg_slot_count;
  uint32_t cs_slot_count;
  uint32_t cs_reg_count;
  uint32_t scoreboard_slot_count;
  uint32_t unpreserved_cs_reg_count;
  uint32_t pad;
};
static_assert(sizeof(PanthorCsifInfo) == 24);
static_assert(offsetof(PanthorCsifInfo, csg_slot_count) == 0);
static_assert(offsetof(PanthorCsifInfo, unpreserved_cs_reg_count) == 16);

struct PanthorTimestampInfo {
  uint64_t timestamp_frequency;
  uint64_t current_timestamp;
  uint64_t timestamp_offset;
  uint32_t flags;               // 1.8
  uint32_t duration_nsec;       // 1.8
  uint64_t cycle_count;         // 1.8
  uint64_t cpu_timestamp_sec;   // 1.8
  uint64_t cpu_timestamp_nsec;  // 1.8
};
static_assert(sizeof(PanthorTimestampInfo) == 56);
static_assert(offsetof(PanthorTimestampInfo, timestamp_frequency) == 0);
static_assert(offsetof(PanthorTimestampInfo, timestamp_offset) == 16);
static_assert(offsetof(PanthorTimestampInfo, flags) == 24);
static_assert(offsetof(PanthorTimestampInfo, cycle_count) == 32);
static_assert(offsetof(PanthorTimestampInfo, cpu_timestamp_nsec) == 48);

struct PanthorGroupPrioritiesInfo {
  uint8_t allowed_mask;
  uint8_t pad[3];
};
static_assert(sizeof(PanthorGroupPrioritiesInfo) == 4);
static_assert(offsetof(PanthorGroupPrioritiesInfo, allowed_mask) == 0);

struct PanthorVmCreate {
  uint32_t flags;          // must be 0
  uint32_t id;             // out
  uint64_t user_va_range;  // in and out
};
static_assert(sizeof(PanthorVmCreate) == 16);
static_assert(offsetof(PanthorVmCreate, flags) == 0);
static_assert(offsetof(PanthorVmCreate, id) == 4);
static_assert(offsetof(PanthorVmCreate, user_va_range) == 8);

struct PanthorVmDestroy {
  uint32_t id;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(PanthorVmDestroy) == 8);
static_assert(offsetof(PanthorVmDestroy, id) == 0);
static_assert(offsetof(PanthorVmDestroy, pad) == 4);

struct PanthorVmBindOp {
  uint32_t flags;
  uint32_t bo_handle;
  uint64_t bo_offset;
  uint64_t va;
  uint64_t size;
  PanthorObjArray syncs;
};
static_assert(sizeof(PanthorVmBindOp) == 48);
static_assert(offsetof(PanthorVmBindOp, flags) == 0);
static_assert(offsetof(PanthorVmBindOp, bo_handle) == 4);
static_assert(offsetof(PanthorVmBindOp, bo_offset) == 8);
static_assert(offsetof(PanthorVmBindOp, va) == 16);
static_assert(offsetof(PanthorVmBindOp, size) == 24);
static_assert(offsetof(PanthorVmBindOp, syncs) == 32);

struct PanthorVmBind {
  uint32_t vm_id;
  uint32_t flags;
  PanthorObjArray ops;
};
static_assert(sizeof(PanthorVmBind) == 24);
static_assert(offsetof(PanthorVmBind, vm_id) == 0);
static_assert(offsetof(PanthorVmBind, flags) == 4);
static_assert(offsetof(PanthorVmBind, ops) == 8);

struct PanthorVmGetState {
  uint32_t vm_id;
  uint32_t state;  // out
};
static_assert(sizeof(PanthorVmGetState) == 8);
static_assert(offsetof(PanthorVmGetState, vm_id) == 0);
static_assert(offsetof(PanthorVmGetState, state) == 4);

struct PanthorBoCreate {
  uint64_t size;  // in and out
  uint32_t flags;
  uint32_t exclusive_vm_id;
  uint32_t handle;  // out
  uint32_t pad;     // must be 0
};
static_assert(sizeof(PanthorBoCreate) == 24);
static_assert(offsetof(PanthorBoCreate, size) == 0);
static_assert(offsetof(PanthorBoCreate, flags) == 8);
static_assert(offsetof(PanthorBoCreate, exclusive_vm_id) == 12);
static_assert(offsetof(PanthorBoCreate, handle) == 16);
static_assert(offsetof(PanthorBoCreate, pad) == 20);

struct PanthorBoMmapOffset {
  uint32_t handle;
  uint32_t pad;     // must be 0
  uint64_t offset;  // out
};
static_assert(sizeof(PanthorBoMmapOffset) == 16);
static_assert(offsetof(PanthorBoMmapOffset, handle) == 0);
static_assert(offsetof(PanthorBoMmapOffset, pad) == 4);
static_assert(offsetof(PanthorBoMmapOffset, offset) == 8);

struct PanthorQueueCreate {
  uint8_t priority;
  uint8_t pad[3];  // must be 0
  uint32_t ringbuf_size;
};
static_assert(sizeof(PanthorQueueCreate) == 8);
static_assert(offsetof(PanthorQueueCreate, priority) == 0);
static_assert(offsetof(PanthorQueueCreate, ringbuf_size) == 4);

struct PanthorGroupCreate {
  PanthorObjArray queues;
  uint8_t max_compute_cores;
  uint8_t max_fragment_cores;
  uint8_t max_tiler_cores;
  uint8_t priority;
  uint32_t pad;  // must be 0
  uint64_t compute_core_mask;
  uint64_t fragment_core_mask;
  uint64_t tiler_core_mask;
  uint32_t vm_id;
  uint32_t group_handle;  // out
};
static_assert(sizeof(PanthorGroupCreate) == 56);
static_assert(offsetof(PanthorGroupCreate, queues) == 0);
static_assert(offsetof(PanthorGroupCreate, max_compute_cores) == 16);
static_assert(offsetof(PanthorGroupCreate, max_fragment_cores) == 17);
static_assert(offsetof(PanthorGroupCreate, max_tiler_cores) == 18);
static_assert(offsetof(PanthorGroupCreate, priority) == 19);
static_assert(offsetof(PanthorGroupCreate, pad) == 20);
static_assert(offsetof(PanthorGroupCreate, compute_core_mask) == 24);
static_assert(offsetof(PanthorGroupCreate, fragment_core_mask) == 32);
static_assert(offsetof(PanthorGroupCreate, tiler_core_mask) == 40);
static_assert(offsetof(PanthorGroupCreate, vm_id) == 48);
static_assert(offsetof(PanthorGroupCreate, group_handle) == 52);

struct PanthorGroupDestroy {
  uint32_t group_handle;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(PanthorGroupDestroy) == 8);
static_assert(offsetof(PanthorGroupDestroy, group_handle) == 0);
static_assert(offsetof(PanthorGroupDestroy, pad) == 4);

struct PanthorQueueSubmit {
  uint32_t queue_index;
  uint32_t stream_size;
  uint64_t stream_addr;
  uint32_t latest_flush;
  uint32_t pad;  // must be 0
  PanthorObjArray syncs;
};
static_assert(sizeof(PanthorQueueSubmit) == 40);
static_assert(offsetof(PanthorQueueSubmit, queue_index) == 0);
static_assert(offsetof(PanthorQueueSubmit, stream_size) == 4);
static_assert(offsetof(PanthorQueueSubmit, stream_addr) == 8);
static_assert(offsetof(PanthorQueueSubmit, latest_flush) == 16);
static_assert(offsetof(PanthorQueueSubmit, pad) == 20);
static_assert(offsetof(PanthorQueueSubmit, syncs) == 24);

struct PanthorGroupSubmit {
  uint32_t group_handle;
  uint32_t pad;  // must be 0
  PanthorObjArray queue_submits;
};
static_assert(sizeof(PanthorGroupSubmit) == 24);
static_assert(offsetof(PanthorGroupSubmit, group_handle) == 0);
static_assert(offsetof(PanthorGroupSubmit, pad) == 4);
static_assert(offsetof(PanthorGroupSubmit, queue_submits) == 8);

struct PanthorGroupGetState {
  uint32_t group_handle;
  uint32_t state;         // out
  uint32_t fatal_queues;  // out
  uint32_t pad;           // must be 0
};
static_assert(sizeof(PanthorGroupGetState) == 16);
static_assert(offsetof(PanthorGroupGetState, group_handle) == 0);
static_assert(offsetof(PanthorGroupGetState, state) == 4);
static_assert(offsetof(PanthorGroupGetState, fatal_queues) == 8);
static_assert(offsetof(PanthorGroupGetState, pad) == 12);

struct PanthorTilerHeapCreate {
  uint32_t vm_id;
  uint32_t initial_chunk_count;
  uint32_t chunk_size;
  uint32_t max_chunks;
  uint32_t target_in_flight;
  uint32_t handle;                   // out
  uint64_t tiler_heap_ctx_gpu_va;    // out
  uint64_t first_heap_chunk_gpu_va;  // out
};
static_assert(sizeof(PanthorTilerHeapCreate) == 40);
static_assert(offsetof(PanthorTilerHeapCreate, vm_id) == 0);
static_assert(offsetof(PanthorTilerHeapCreate, initial_chunk_count) == 4);
static_assert(offsetof(PanthorTilerHeapCreate, chunk_size) == 8);
static_assert(offsetof(PanthorTilerHeapCreate, max_chunks) == 12);
static_assert(offsetof(PanthorTilerHeapCreate, target_in_flight) == 16);
static_assert(offsetof(PanthorTilerHeapCreate, handle) == 20);
static_assert(offsetof(PanthorTilerHeapCreate, tiler_heap_ctx_gpu_va) == 24);
static_assert(offsetof(PanthorTilerHeapCreate, first_heap_chunk_gpu_va) == 32);

struct PanthorTilerHeapDestroy {
  uint32_t handle;
  uint32_t pad;  // must be 0
};
static_assert(sizeof(PanthorTilerHeapDestroy) == 8);
static_assert(offsetof(PanthorTilerHeapDestroy, handle) == 0);
static_assert(offsetof(PanthorTilerHeapDestroy, pad) == 4);

struct PanthorBoSetLabel {
  uint32_t handle;
  uint32_t pad;    // must be 0
  uint64_t label;  // pointer; 0 clears
};
static_assert(sizeof(PanthorBoSetLabel) == 16);
static_assert(offsetof(PanthorBoSetLabel, handle) == 0);
static_assert(offsetof(PanthorBoSetLabel, pad) == 4);
static_assert(offsetof(PanthorBoSetLabel, label) == 8);

struct PanthorBoSyncOp {
  uint32_t handle;
  uint32_t type;
  uint64_t offset;
  uint64_t size;
};
static_assert(sizeof(PanthorBoSyncOp) == 24);
static_assert(offsetof(PanthorBoSyncOp, handle) == 0);
static_assert(offsetof(PanthorBoSyncOp, type) == 4);
static_assert(offsetof(PanthorBoSyncOp, offset) == 8);
static_assert(offsetof(PanthorBoSyncOp, size) == 16);

struct PanthorBoSync {
  PanthorObjArray ops;
};
static_assert(sizeof(PanthorBoSync) == 16);
static_assert(offsetof(PanthorBoSync, ops) == 0);

struct PanthorBoQueryInfo {
  uint32_t handle;
  uint32_t extra_flags;   // out
  uint32_t create_flags;  // out
  uint32_t pad;
};
static_assert(sizeof(PanthorBoQueryInfo) == 16);
static_assert(offsetof(PanthorBoQueryInfo, handle) == 0);
static_assert(offsetof(PanthorBoQueryInfo, extra_flags) == 4);
static_assert(offsetof(PanthorBoQueryInfo, create_flags) == 8);
static_assert(offsetof(PanthorBoQueryInfo, pad) == 12);

inline constexpr unsigned long kPanthorDevQuery = _IOWR('d', 0x40, PanthorDevQuery);
inline constexpr unsigned long kPanthorVmCreate = _IOWR('d', 0x41, PanthorVmCreate);
inline constexpr unsigned long kPanthorVmDestroy = _IOWR('d', 0x42, PanthorVmDestroy);
inline constexpr unsigned long kPanthorVmBind = _IOWR('d', 0x43, PanthorVmBind);
inline constexpr unsigned long kPanthorVmGetState = _IOWR('d', 0x44, PanthorVmGetState);
inline constexpr unsigned long kPanthorBoCreate = _IOWR('d', 0x45, PanthorBoCreate);
inline constexpr unsigned long kPanthorBoMmapOffset = _IOWR('d', 0x46, PanthorBoMmapOffset);
inline constexpr unsigned long kPanthorGroupCreate = _IOWR('d', 0x47, PanthorGroupCreate);
inline constexpr unsigned long kPanthorGroupDestroy = _IOWR('d', 0x48, PanthorGroupDestroy);
inline constexpr unsigned long kPanthorGroupSubmit = _IOWR('d', 0x49, PanthorGroupSubmit);
inline constexpr unsigned long kPanthorGroupGetState = _IOWR('d', 0x4a, PanthorGroupGetState);
inline constexpr unsigned long kPanthorTilerHeapCreate = _IOWR('d', 0x4b, PanthorTilerHeapCreate);
inline constexpr unsigned long kPanthorTilerHeapDestroy = _IOWR('d', 0x4c, PanthorTilerHeapDestroy);
inline constexpr unsigned long kPanthorBoSetLabel = _IOWR('d', 0x4d, PanthorBoSetLabel);
inline constexpr unsigned long kPanthorBoSync = _IOWR('d', 0x4f, PanthorBoSync);
inline constexpr unsigned long kPanthorBoQueryInfo = _IOWR('d', 0x50, PanthorBoQueryInfo);

static_assert(kPanthorDevQuery == 0xc0106440);
static_assert(kPanthorVmCreate == 0xc0106441);
static_assert(kPanthorVmDestroy == 0xc0086442);
static_assert(kPanthorVmBind == 0xc0186443);
static_assert(kPanthorVmGetState == 0xc0086444);
static_assert(kPanthorBoCreate == 0xc0186445);
static_assert(kPanthorBoMmapOffset == 0xc0106446);
static_assert(kPanthorGroupCreate == 0xc0386447);
static_assert(kPanthorGroupDestroy == 0xc0086448);
static_assert(kPanthorGroupSubmit == 0xc0186449);
static_assert(kPanthorGroupGetState == 0xc010644a);
static_assert(kPanthorTilerHeapCreate == 0xc028644b);
static_assert(kPanthorTilerHeapDestroy == 0xc008644c);
static_assert(kPanthorBoSetLabel == 0xc010644d);
static_assert(kPanthorBoSync == 0xc010644f);
static_assert(kPanthorBoQueryInfo == 0xc0106450);

}  // namespace gemrig::uapi
