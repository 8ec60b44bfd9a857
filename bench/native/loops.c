// SPDX-License-Identifier: MIT
// The loops of the benchmark in C, as the yardstick: system calls and libc alone, with the kernel's own headers.
//
//     loops gem|memfd
//
// Reads `NAME COUNT ARGUMENT` lines from stdin, runs that loop, and answers each with the nanoseconds that the loop
// took, on a line. gem: memory is that of Panfrost buffers, memfd: that of a memfd. Ends at the end of stdin.
#define _GNU_SOURCE
#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <panfrost_drm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define MAX_BUFFERS 4096

static int gpu = -1;
static int heap = -1;
static int is_gem;
static uint32_t handles[MAX_BUFFERS];
static volatile int sink;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// As every DRM client must: again after EINTR and EAGAIN.
static int drm_request(int fd, unsigned long number, void *request) {
  int result;
  do result = ioctl(fd, number, request);
  while (result < 0 && (errno == EINTR || errno == EAGAIN));
  return result;
}

static int is_panfrost(int fd) {
  char name[16] = "";
  struct drm_version version = {.name = name, .name_len = sizeof name - 1};
  return drm_request(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, "panfrost") == 0;
}

static void need_gpu(void) {
  char path[32];
  for (int minor = 128; gpu < 0 && minor < 192; minor++) {
    snprintf(path, sizeof path, "/dev/dri/renderD%d", minor);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    if (is_panfrost(fd)) gpu = fd;
    else close(fd);
  }
  if (gpu < 0) fail("no Panfrost device");
}

static uint32_t create(uint32_t size) {
  struct drm_panfrost_create_bo request = {.size = size, .flags = PANFROST_BO_NOEXEC};
  if (drm_request(gpu, DRM_IOCTL_PANFROST_CREATE_BO, &request) != 0) fail("CREATE_BO");
  return request.handle;
}

static void destroy(uint32_t handle) {
  struct drm_gem_close request = {.handle = handle};
  if (drm_request(gpu, DRM_IOCTL_GEM_CLOSE, &request) != 0) fail("GEM_CLOSE");
}

static void advise(uint32_t handle, uint32_t advice) {
  struct drm_panfrost_madvise request = {.handle = handle, .madv = advice};
  if (drm_request(gpu, DRM_IOCTL_PANFROST_MADVISE, &request) != 0) fail("MADVISE");
}

static uint8_t *map(uint32_t handle, size_t size) {
  struct drm_panfrost_mmap_bo request = {.handle = handle};
  if (drm_request(gpu, DRM_IOCTL_PANFROST_MMAP_BO, &request) != 0) fail("MMAP_BO");
  void *const start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, gpu, (off_t)request.offset);
  if (start == MAP_FAILED) fail("mmap");
  return start;
}

// Toggles `buffers` buffers `count` times: 2 * buffers requests each.
static int64_t madvise_loop(long count, long buffers) {
  need_gpu();
  for (long i = 0; i < buffers; i++) handles[i] = create(PAGE_BYTES);
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    for (long i = 0; i < buffers; i++) advise(handles[i], PANFROST_MADV_DONTNEED);
    for (long i = 0; i < buffers; i++) advise(handles[i], PANFROST_MADV_WILLNEED);
  }
  const int64_t elapsed = now_ns() - begin;
  for (long i = 0; i < buffers; i++) destroy(handles[i]);
  return elapsed;
}

// Creates `buffers` buffers and closes them, `count` times.
static int64_t create_loop(long count, long buffers) {
  need_gpu();
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    for (long i = 0; i < buffers; i++) handles[i] = create(PAGE_BYTES);
    for (long i = 0; i < buffers; i++) destroy(handles[i]);
  }
  return now_ns() - begin;
}

static int64_t map_loop(long count, long size) {
  need_gpu();
  const uint32_t handle = create((uint32_t)size);
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    uint8_t *const start = map(handle, (size_t)size);
    for (long at = 0; at < size; at += PAGE_BYTES) sink = ((volatile uint8_t *)start)[at];
    munmap(start, (size_t)size);
  }
  const int64_t elapsed = now_ns() - begin;
  destroy(handle);
  return elapsed;
}

static int64_t heap_loop(long count, long size) {
  if (heap < 0) heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
  if (heap < 0) fail("/dev/dma_heap/system");
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    struct dma_heap_allocation_data request = {.len = (uint64_t)size, .fd_flags = O_RDWR | O_CLOEXEC};
    if (drm_request(heap, DMA_HEAP_IOCTL_ALLOC, &request) != 0) fail("DMA_HEAP_IOCTL_ALLOC");
    close((int)request.fd);
  }
  return now_ns() - begin;
}

struct memory {
  uint8_t *start;
  uint32_t handle;
};

static struct memory new_memory(size_t size) {
  struct memory memory = {0};
  if (is_gem) {
    need_gpu();
    memory.handle = create((uint32_t)size);
    memory.start = map(memory.handle, size);
  } else {
    const int fd = memfd_create("loops", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) fail("memfd");
    memory.start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory.start == MAP_FAILED) fail("mmap");
    close(fd);
  }
  memset(memory.start, 1, size);
  return memory;
}

static void free_memory(struct memory memory, size_t size) {
  munmap(memory.start, size);
  if (is_gem) destroy(memory.handle);
}

static int64_t memcmp_loop(long count, long size) {
  const struct memory a = new_memory((size_t)size);
  const struct memory b = new_memory((size_t)size);
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    sink = memcmp(a.start, b.start, (size_t)size);
    if (sink != 0) fail("memcmp");
  }
  const int64_t elapsed = now_ns() - begin;
  free_memory(a, (size_t)size);
  free_memory(b, (size_t)size);
  return elapsed;
}

static int64_t memset_loop(long count, long size) {
  const struct memory a = new_memory((size_t)size);
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    memset(a.start, (int)round, (size_t)size);
    sink = ((volatile uint8_t *)a.start)[size - 1];
  }
  const int64_t elapsed = now_ns() - begin;
  free_memory(a, (size_t)size);
  return elapsed;
}

static int64_t clock_loop(long count, long argument) {
  (void)argument;
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) sink = (int)now_ns();
  return now_ns() - begin;
}

// A request that no file of this kind knows: the way into the kernel and back.
static int64_t refused_loop(long count, long argument) {
  (void)argument;
  const int fd = memfd_create("loops", MFD_CLOEXEC);
  if (fd < 0) fail("memfd");
  const int64_t begin = now_ns();
  for (long round = 0; round < count; round++) {
    struct drm_gem_close request = {.handle = 1};
    if (drm_request(fd, DRM_IOCTL_GEM_CLOSE, &request) == 0) fail("GEM_CLOSE");
  }
  const int64_t elapsed = now_ns() - begin;
  close(fd);
  return elapsed;
}

static void *sleep_for_ever(void *argument) {
  for (;;) pause();
  return argument;
}

// From now on the process has a second thread, which sleeps, as Node's do: the kernel then counts references to the
// files of every system call.
static int64_t thread_loop(long count, long argument) {
  pthread_t thread;
  (void)argument;
  for (long i = 0; i < count; i++)
    if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0) fail("pthread_create");
  return 0;
}

static const struct {
  const char *name;
  int64_t (*run)(long count, long argument);
} loops[] = {
    {"madvise", madvise_loop}, {"create", create_loop}, {"map", map_loop},     {"heap", heap_loop},
    {"memcmp", memcmp_loop},   {"memset", memset_loop}, {"clock", clock_loop}, {"refused", refused_loop},
    {"thread", thread_loop},
};

int main(int argc, char **argv) {
  char name[16];
  long count, argument;
  if (argc != 2 || (strcmp(argv[1], "gem") != 0 && strcmp(argv[1], "memfd") != 0)) {
    fprintf(stderr, "usage: loops gem|memfd\n");
    return 2;
  }
  is_gem = strcmp(argv[1], "gem") == 0;
  while (scanf("%15s %ld %ld", name, &count, &argument) == 3) {
    size_t i = 0;
    while (i < sizeof loops / sizeof *loops && strcmp(loops[i].name, name) != 0) i++;
    if (i == sizeof loops / sizeof *loops || argument > (1L << 30)) {
      fprintf(stderr, "no such loop: %s %ld\n", name, argument);
      return 2;
    }
    if ((i < 2) && argument > MAX_BUFFERS) return 2;
    printf("%lld\n", (long long)loops[i].run(count, argument));
    fflush(stdout);
  }
  return 0;
}
