// Holds the layouts of this folder against the system's own headers, where there are any. It makes no code; a
// difference ends the build.
#include "dma-buf.h"
#include "dma-heap.h"
#include "panfrost.h"

#if __has_include(<drm/panfrost_drm.h>)
#include <drm/panfrost_drm.h>

static_assert(gemrig::uapi::kPanfrostCreateBo == DRM_IOCTL_PANFROST_CREATE_BO);
static_assert(gemrig::uapi::kPanfrostMmapBo == DRM_IOCTL_PANFROST_MMAP_BO);
static_assert(gemrig::uapi::kPanfrostGetParam == DRM_IOCTL_PANFROST_GET_PARAM);
static_assert(gemrig::uapi::kPanfrostMadvise == DRM_IOCTL_PANFROST_MADVISE);
static_assert(offsetof(gemrig::uapi::PanfrostCreateBo, handle) == offsetof(drm_panfrost_create_bo, handle));
static_assert(offsetof(gemrig::uapi::PanfrostCreateBo, offset) == offsetof(drm_panfrost_create_bo, offset));
static_assert(offsetof(gemrig::uapi::PanfrostMmapBo, offset) == offsetof(drm_panfrost_mmap_bo, offset));
static_assert(offsetof(gemrig::uapi::PanfrostGetParam, value) == offsetof(drm_panfrost_get_param, value));
static_assert(offsetof(gemrig::uapi::PanfrostMadvise, madv) == offsetof(drm_panfrost_madvise, madv));
static_assert(offsetof(gemrig::uapi::PanfrostMadvise, retained) == offsetof(drm_panfrost_madvise, retained));
#endif

#if __has_include(<linux/dma-heap.h>)
#include <linux/dma-heap.h>

static_assert(gemrig::uapi::kDmaHeapAlloc == DMA_HEAP_IOCTL_ALLOC);
static_assert(offsetof(gemrig::uapi::DmaHeapAllocation, fd) == offsetof(dma_heap_allocation_data, fd));
static_assert(offsetof(gemrig::uapi::DmaHeapAllocation, heap_flags) ==
              offsetof(dma_heap_allocation_data, heap_flags));
#endif

#if __has_include(<linux/dma-buf.h>)
#include <linux/dma-buf.h>

static_assert(gemrig::uapi::kDmaBufSync == DMA_BUF_IOCTL_SYNC);
#endif
