/**
 * The errors that an operation on a buffer that exists may answer. Panfrost 6.12 and 7.2: panfrost_drv.c,
 * panfrost_gem.c; below it drm_gem.c, drm_gem_shmem_helper.c, drm_prime.c, mm/mmap.c. ERESTARTSYS shows as EINTR.
 */
import type { ErrnoName } from '../backend/errno.js'
import type { Operation } from '../workload/operation.js'

export interface DocumentedErrno {
  readonly code: ErrnoName
  /** When, and who says so. */
  readonly source: string
}

const INTERRUPTED: DocumentedErrno = {
  code: 'EINTR',
  source: 'a signal while the reservation lock is waited for',
}
const NO_MEMORY: DocumentedErrno = {
  code: 'ENOMEM',
  source: 'drm_gem_shmem_get_pages, or a limit of the cgroup',
}
const NO_THREADS: DocumentedErrno = { code: 'EAGAIN', source: 'no more threads: RLIMIT_NPROC, pids.max' }
const NO_PAGE: DocumentedErrno = {
  code: 'ENOMEM',
  source: 'blocking_page_setup (panthor_gem.c, 7.2): no memory for the page, which is SIGBUS there',
}

export const DOCUMENTED_ERRNOS: Readonly<Record<Operation['op'], readonly DocumentedErrno[]>> = {
  create: [
    NO_MEMORY,
    INTERRUPTED,
    { code: 'ENOSPC', source: 'drm_mm_insert_node_generic: no GPU addresses left' },
    { code: 'ENFILE', source: 'shmem_file_setup: fs.file-max' },
  ],
  map: [
    NO_MEMORY,
    { code: 'ENOSPC', source: 'drm_gem_create_mmap_offset: no mmap offsets left' },
    { code: 'EINVAL', source: 'drm_gem_mmap: the buffer was purged, and its offset freed, since MMAP_BO' },
    { code: 'EAGAIN', source: 'mmap: RLIMIT_MEMLOCK with mlockall' },
  ],
  madvise: [INTERRUPTED],
  export: [
    NO_MEMORY,
    { code: 'EMFILE', source: 'get_unused_fd_flags: RLIMIT_NOFILE' },
    { code: 'ENFILE', source: 'dma_buf_export: fs.file-max' },
  ],
  import: [
    NO_MEMORY,
    INTERRUPTED,
    { code: 'ENOSPC', source: 'drm_mm_insert_node_generic: no GPU addresses left' },
  ],
  'heap-allocate': [
    NO_MEMORY,
    { code: 'EINTR', source: 'system_heap_allocate: a fatal signal' },
    { code: 'EMFILE', source: 'get_unused_fd_flags: RLIMIT_NOFILE' },
    { code: 'ENFILE', source: 'dma_buf_export: fs.file-max' },
  ],
  udmabuf: [
    NO_MEMORY,
    { code: 'EMFILE', source: 'memfd_create, open: RLIMIT_NOFILE' },
    { code: 'ENFILE', source: 'memfd_create, dma_buf_export: fs.file-max' },
  ],
  open: [
    NO_MEMORY,
    { code: 'EMFILE', source: 'open: RLIMIT_NOFILE' },
    { code: 'ENFILE', source: 'open: fs.file-max' },
  ],
  unmap: [{ code: 'ENOMEM', source: 'munmap: vm.max_map_count when a mapping is split' }],
  fill: [NO_PAGE],
  verify: [NO_PAGE],
  zeroed: [NO_PAGE],
  'close-handle': [],
  'race-handles': [NO_THREADS, NO_MEMORY],
  'race-madvise': [NO_THREADS, NO_MEMORY, INTERRUPTED],
  'verify-in-fork': [
    { code: 'EAGAIN', source: 'fork: RLIMIT_NPROC, pids.max' },
    { code: 'ENOMEM', source: 'fork: no memory for page tables' },
  ],
  submit: [NO_MEMORY, INTERRUPTED],
  wait: [],
  residency: [],
  touch: [NO_PAGE],
  close: [],
}

/** panfrost_ioctl_madvise: DONTNEED of a buffer that is mapped by several files, or by none. */
export const SHARED_MADVISE: DocumentedErrno = { code: 'EINVAL', source: 'mappings.list is not singular' }

/** Of a handle that nothing has: drm_gem_object_lookup() by most requests, drm_gem_handle_delete() by GEM_CLOSE. */
export const NO_SUCH_HANDLE: readonly DocumentedErrno[] = [
  { code: 'ENOENT', source: 'drm_gem_object_lookup: the handle was closed' },
  { code: 'EINVAL', source: 'drm_gem_handle_delete: the handle was closed' },
]
