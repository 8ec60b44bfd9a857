// Holds the layouts of this folder against the system's own headers, where there are any. It makes no code; a
// difference ends the build. What the headers here are too old for is left out, macro by macro.
#include <linux/version.h>

#include "dma-buf.h"
#include "dma-heap.h"
#include "drm.h"
#include "i915.h"
#include "msm.h"
#include "panfrost.h"
#include "panthor.h"
#include "sync-file.h"
#include "syncobj.h"
#include "udmabuf.h"
#include "vc4.h"
#include "vgem.h"

// A layout of the kernel's may have grown since: its own number then differs, and the kernel takes both.
#define SAME_REQUEST(ours, theirs) static_assert(gemrig::uapi::ours == (theirs), #theirs)
#define SAME_FIELD(ours, theirs, field) \
  static_assert(offsetof(gemrig::uapi::ours, field) == offsetof(theirs, field), #theirs "." #field)

#if __has_include(<drm/drm.h>)
#include <drm/drm.h>
#include <drm/drm_mode.h>
#elif __has_include(<libdrm/drm.h>)
#include <libdrm/drm.h>
#include <libdrm/drm_mode.h>
#else
#include <drm.h>
#include <drm_mode.h>
#endif

SAME_REQUEST(kDrmGetCap, DRM_IOCTL_GET_CAP);
SAME_REQUEST(kDrmSetClientCap, DRM_IOCTL_SET_CLIENT_CAP);
SAME_REQUEST(kDrmPrimeHandleToFd, DRM_IOCTL_PRIME_HANDLE_TO_FD);
SAME_REQUEST(kDrmPrimeFdToHandle, DRM_IOCTL_PRIME_FD_TO_HANDLE);
SAME_REQUEST(kDrmCreateDumb, DRM_IOCTL_MODE_CREATE_DUMB);
SAME_REQUEST(kDrmMapDumb, DRM_IOCTL_MODE_MAP_DUMB);
SAME_REQUEST(kDrmDestroyDumb, DRM_IOCTL_MODE_DESTROY_DUMB);
SAME_FIELD(DrmCreateDumb, drm_mode_create_dumb, pitch);
SAME_FIELD(DrmCreateDumb, drm_mode_create_dumb, size);
SAME_REQUEST(kSyncobjCreate, DRM_IOCTL_SYNCOBJ_CREATE);
SAME_REQUEST(kSyncobjDestroy, DRM_IOCTL_SYNCOBJ_DESTROY);
SAME_REQUEST(kSyncobjReset, DRM_IOCTL_SYNCOBJ_RESET);
SAME_REQUEST(kSyncobjSignal, DRM_IOCTL_SYNCOBJ_SIGNAL);
SAME_REQUEST(kSyncobjQuery, DRM_IOCTL_SYNCOBJ_QUERY);
SAME_REQUEST(kSyncobjTimelineSignal, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL);
SAME_FIELD(SyncobjWait, drm_syncobj_wait, timeout_nsec);
SAME_FIELD(SyncobjWait, drm_syncobj_wait, first_signaled);
SAME_FIELD(SyncobjTimelineWait, drm_syncobj_timeline_wait, points);
SAME_FIELD(SyncobjTimelineWait, drm_syncobj_timeline_wait, first_signaled);
SAME_FIELD(SyncobjHandle, drm_syncobj_handle, fd);
#ifdef DRM_SYNCOBJ_WAIT_FLAGS_WAIT_DEADLINE
SAME_REQUEST(kSyncobjWait, DRM_IOCTL_SYNCOBJ_WAIT);
SAME_REQUEST(kSyncobjTimelineWait, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT);
#endif
#ifdef DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_TIMELINE
SAME_REQUEST(kSyncobjHandleToFd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD);
SAME_REQUEST(kSyncobjFdToHandle, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE);
#endif

#if __has_include(<drm/panfrost_drm.h>)
#include <drm/panfrost_drm.h>

SAME_REQUEST(kPanfrostWaitBo, DRM_IOCTL_PANFROST_WAIT_BO);
SAME_REQUEST(kPanfrostCreateBo, DRM_IOCTL_PANFROST_CREATE_BO);
SAME_REQUEST(kPanfrostMmapBo, DRM_IOCTL_PANFROST_MMAP_BO);
SAME_REQUEST(kPanfrostGetParam, DRM_IOCTL_PANFROST_GET_PARAM);
SAME_REQUEST(kPanfrostGetBoOffset, DRM_IOCTL_PANFROST_GET_BO_OFFSET);
SAME_REQUEST(kPanfrostMadvise, DRM_IOCTL_PANFROST_MADVISE);
SAME_FIELD(PanfrostSubmit, drm_panfrost_submit, out_sync);
SAME_FIELD(PanfrostSubmit, drm_panfrost_submit, bo_handles);
SAME_FIELD(PanfrostSubmit, drm_panfrost_submit, requirements);
SAME_FIELD(PanfrostWaitBo, drm_panfrost_wait_bo, timeout_ns);
SAME_FIELD(PanfrostCreateBo, drm_panfrost_create_bo, handle);
SAME_FIELD(PanfrostCreateBo, drm_panfrost_create_bo, offset);
SAME_FIELD(PanfrostMmapBo, drm_panfrost_mmap_bo, offset);
SAME_FIELD(PanfrostGetParam, drm_panfrost_get_param, value);
SAME_FIELD(PanfrostMadvise, drm_panfrost_madvise, madv);
SAME_FIELD(PanfrostMadvise, drm_panfrost_madvise, retained);
#ifdef DRM_IOCTL_PANFROST_SET_LABEL_BO
SAME_REQUEST(kPanfrostSetLabelBo, DRM_IOCTL_PANFROST_SET_LABEL_BO);
#endif
#ifdef DRM_IOCTL_PANFROST_JM_CTX_CREATE
SAME_REQUEST(kPanfrostSubmit, DRM_IOCTL_PANFROST_SUBMIT);
SAME_FIELD(PanfrostSubmit, drm_panfrost_submit, jm_ctx_handle);
SAME_REQUEST(kPanfrostJmCtxCreate, DRM_IOCTL_PANFROST_JM_CTX_CREATE);
SAME_REQUEST(kPanfrostJmCtxDestroy, DRM_IOCTL_PANFROST_JM_CTX_DESTROY);
#endif
#ifdef DRM_IOCTL_PANFROST_SYNC_BO
SAME_REQUEST(kPanfrostSyncBo, DRM_IOCTL_PANFROST_SYNC_BO);
SAME_REQUEST(kPanfrostQueryBoInfo, DRM_IOCTL_PANFROST_QUERY_BO_INFO);
SAME_FIELD(PanfrostBoSyncOp, drm_panfrost_bo_sync_op, offset);
SAME_FIELD(PanfrostSyncBo, drm_panfrost_sync_bo, op_count);
SAME_FIELD(PanfrostQueryBoInfo, drm_panfrost_query_bo_info, create_flags);
#endif
#endif

#if __has_include(<drm/panthor_drm.h>)
#include <drm/panthor_drm.h>

SAME_REQUEST(kPanthorDevQuery, DRM_IOCTL_PANTHOR_DEV_QUERY);
SAME_REQUEST(kPanthorVmCreate, DRM_IOCTL_PANTHOR_VM_CREATE);
SAME_REQUEST(kPanthorVmDestroy, DRM_IOCTL_PANTHOR_VM_DESTROY);
SAME_REQUEST(kPanthorVmBind, DRM_IOCTL_PANTHOR_VM_BIND);
SAME_REQUEST(kPanthorVmGetState, DRM_IOCTL_PANTHOR_VM_GET_STATE);
SAME_REQUEST(kPanthorBoCreate, DRM_IOCTL_PANTHOR_BO_CREATE);
SAME_REQUEST(kPanthorBoMmapOffset, DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET);
SAME_REQUEST(kPanthorGroupCreate, DRM_IOCTL_PANTHOR_GROUP_CREATE);
SAME_REQUEST(kPanthorGroupDestroy, DRM_IOCTL_PANTHOR_GROUP_DESTROY);
SAME_REQUEST(kPanthorGroupSubmit, DRM_IOCTL_PANTHOR_GROUP_SUBMIT);
SAME_REQUEST(kPanthorGroupGetState, DRM_IOCTL_PANTHOR_GROUP_GET_STATE);
SAME_REQUEST(kPanthorTilerHeapCreate, DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE);
SAME_REQUEST(kPanthorTilerHeapDestroy, DRM_IOCTL_PANTHOR_TILER_HEAP_DESTROY);
SAME_FIELD(PanthorSyncOp, drm_panthor_sync_op, timeline_value);
SAME_FIELD(PanthorGpuInfo, drm_panthor_gpu_info, texture_features);
SAME_FIELD(PanthorGpuInfo, drm_panthor_gpu_info, as_present);
SAME_FIELD(PanthorGpuInfo, drm_panthor_gpu_info, shader_present);
SAME_FIELD(PanthorGpuInfo, drm_panthor_gpu_info, tiler_present);
SAME_FIELD(PanthorCsifInfo, drm_panthor_csif_info, unpreserved_cs_reg_count);
SAME_FIELD(PanthorVmBindOp, drm_panthor_vm_bind_op, va);
SAME_FIELD(PanthorVmBindOp, drm_panthor_vm_bind_op, syncs);
SAME_FIELD(PanthorBoCreate, drm_panthor_bo_create, exclusive_vm_id);
SAME_FIELD(PanthorBoCreate, drm_panthor_bo_create, handle);
SAME_FIELD(PanthorQueueCreate, drm_panthor_queue_create, ringbuf_size);
SAME_FIELD(PanthorGroupCreate, drm_panthor_group_create, priority);
SAME_FIELD(PanthorGroupCreate, drm_panthor_group_create, tiler_core_mask);
SAME_FIELD(PanthorGroupCreate, drm_panthor_group_create, group_handle);
SAME_FIELD(PanthorQueueSubmit, drm_panthor_queue_submit, latest_flush);
SAME_FIELD(PanthorQueueSubmit, drm_panthor_queue_submit, syncs);
SAME_FIELD(PanthorTilerHeapCreate, drm_panthor_tiler_heap_create, target_in_flight);
SAME_FIELD(PanthorTilerHeapCreate, drm_panthor_tiler_heap_create, first_heap_chunk_gpu_va);
// Panthor's requests are an enum, which no #ifdef sees: what came with the uAPI 1.7 goes by a macro of its
// time.
#ifdef DRM_PANTHOR_ARCH_MAJOR
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
SAME_REQUEST(kPanthorBoSetLabel, DRM_IOCTL_PANTHOR_BO_SET_LABEL);
SAME_REQUEST(kPanthorBoSync, DRM_IOCTL_PANTHOR_BO_SYNC);
SAME_REQUEST(kPanthorBoQueryInfo, DRM_IOCTL_PANTHOR_BO_QUERY_INFO);
SAME_FIELD(PanthorGpuInfo, drm_panthor_gpu_info, selected_coherency);
SAME_FIELD(PanthorBoSyncOp, drm_panthor_bo_sync_op, size);
SAME_FIELD(PanthorBoQueryInfo, drm_panthor_bo_query_info, create_flags);
SAME_FIELD(PanthorTimestampInfo, drm_panthor_timestamp_info, cpu_timestamp_nsec);
static_assert(sizeof(gemrig::uapi::PanthorTimestampInfo) == sizeof(drm_panthor_timestamp_info));
static_assert(sizeof(gemrig::uapi::PanthorGpuInfo) == sizeof(drm_panthor_gpu_info));
#endif
#endif
#endif

#if __has_include(<drm/i915_drm.h>)
#include <drm/i915_drm.h>

SAME_REQUEST(kI915GetParam, DRM_IOCTL_I915_GETPARAM);
SAME_REQUEST(kI915GemCreate, DRM_IOCTL_I915_GEM_CREATE);
SAME_REQUEST(kI915GemGetAperture, DRM_IOCTL_I915_GEM_GET_APERTURE);
SAME_REQUEST(kI915GemMadvise, DRM_IOCTL_I915_GEM_MADVISE);
#ifdef DRM_IOCTL_I915_GEM_CREATE_EXT
SAME_REQUEST(kI915GemMmapOffset, DRM_IOCTL_I915_GEM_MMAP_OFFSET);
SAME_REQUEST(kI915GemCreateExt, DRM_IOCTL_I915_GEM_CREATE_EXT);
SAME_FIELD(I915GemCreateExt, drm_i915_gem_create_ext, extensions);
SAME_FIELD(I915MemoryRegions, drm_i915_gem_create_ext_memory_regions, num_regions);
SAME_FIELD(I915MemoryRegions, drm_i915_gem_create_ext_memory_regions, regions);
SAME_FIELD(I915GemMmapOffset, drm_i915_gem_mmap_offset, flags);
#endif
#endif

// Older headers of msm have a field named `or`, which C++ does not take.
#if __has_include(<drm/msm_drm.h>) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <drm/msm_drm.h>

SAME_REQUEST(kMsmGemNew, DRM_IOCTL_MSM_GEM_NEW);
SAME_REQUEST(kMsmGemInfo, DRM_IOCTL_MSM_GEM_INFO);
SAME_REQUEST(kMsmGemMadvise, DRM_IOCTL_MSM_GEM_MADVISE);
SAME_FIELD(MsmParam, drm_msm_param, value);
SAME_FIELD(MsmGemNew, drm_msm_gem_new, handle);
SAME_FIELD(MsmGemInfo, drm_msm_gem_info, value);
#endif

#if __has_include(<drm/vc4_drm.h>)
#include <drm/vc4_drm.h>

SAME_REQUEST(kVc4CreateBo, DRM_IOCTL_VC4_CREATE_BO);
SAME_REQUEST(kVc4MmapBo, DRM_IOCTL_VC4_MMAP_BO);
SAME_REQUEST(kVc4GetParam, DRM_IOCTL_VC4_GET_PARAM);
SAME_REQUEST(kVc4GemMadvise, DRM_IOCTL_VC4_GEM_MADVISE);
SAME_FIELD(Vc4GemMadvise, drm_vc4_gem_madvise, retained);
#endif

#if __has_include(<drm/vgem_drm.h>)
#include <drm/vgem_drm.h>

SAME_REQUEST(kVgemFenceAttach, DRM_IOCTL_VGEM_FENCE_ATTACH);
SAME_REQUEST(kVgemFenceSignal, DRM_IOCTL_VGEM_FENCE_SIGNAL);
SAME_FIELD(VgemFenceAttach, drm_vgem_fence_attach, out_fence);
#endif

#if __has_include(<linux/dma-heap.h>)
#include <linux/dma-heap.h>

SAME_REQUEST(kDmaHeapAlloc, DMA_HEAP_IOCTL_ALLOC);
SAME_FIELD(DmaHeapAllocation, dma_heap_allocation_data, fd);
SAME_FIELD(DmaHeapAllocation, dma_heap_allocation_data, heap_flags);
#endif

#if __has_include(<linux/dma-buf.h>)
#include <linux/dma-buf.h>

SAME_REQUEST(kDmaBufSync, DMA_BUF_IOCTL_SYNC);
SAME_REQUEST(kDmaBufSetName, DMA_BUF_SET_NAME);
#ifdef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
SAME_REQUEST(kDmaBufExportSyncFile, DMA_BUF_IOCTL_EXPORT_SYNC_FILE);
SAME_REQUEST(kDmaBufImportSyncFile, DMA_BUF_IOCTL_IMPORT_SYNC_FILE);
#endif
#endif

#if __has_include(<linux/udmabuf.h>)
#include <linux/udmabuf.h>

SAME_REQUEST(kUdmabufCreate, UDMABUF_CREATE);
SAME_REQUEST(kUdmabufCreateList, UDMABUF_CREATE_LIST);
SAME_FIELD(UdmabufCreateItem, udmabuf_create_item, size);
#endif

#if __has_include(<linux/sync_file.h>)
#include <linux/sync_file.h>

SAME_REQUEST(kSyncMerge, SYNC_IOC_MERGE);
SAME_REQUEST(kSyncFileInfoRequest, SYNC_IOC_FILE_INFO);
SAME_FIELD(SyncMergeData, sync_merge_data, fence);
SAME_FIELD(SyncFileInfo, sync_file_info, sync_fence_info);
#endif
