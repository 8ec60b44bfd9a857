// SPDX-License-Identifier: MIT
// The yardstick of the simulated kernel's operations: the same ones on structures in C, with nothing around them. What
// they take with more objects than the processor's caches hold is what memory takes.
//
//     objects COUNT OPERATIONS STRIDE
//
// Takes every STRIDE-th object, round and round. Prints nanoseconds of processor time for one create, madvise, close with create, and purge, on a line.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// About the size of struct panfrost_gem_object; what an operation looks at is in three places of it.
struct object {
  struct object *previous, *next;
  uint32_t references, handle_count;
  uint32_t lock, madv;
  char cold[128];
  uint32_t mappings_lock, mapping_references;
  uint32_t start_page, pages;
  char more[128];
};

static struct object list = {.previous = &list, .next = &list};
static struct object **handles;
static volatile uint64_t purged_pages;

static int64_t cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void take_off(struct object *object) {
  object->previous->next = object->next;
  object->next->previous = object->previous;
  object->previous = object->next = object;
}

static void add_tail(struct object *object) {
  object->previous = list.previous;
  object->next = &list;
  list.previous->next = object;
  list.previous = object;
}

static struct object *create(uint32_t handle) {
  struct object *object = calloc(1, sizeof(*object));
  if (object == NULL) exit(1);
  object->previous = object->next = object;
  object->references = object->handle_count = 1;
  object->start_page = handle;
  object->pages = 1;
  return object;
}

static void advise(struct object *object, int needed) {
  object->references++;
  object->lock++;
  object->mappings_lock++;
  object->madv = !needed;
  take_off(object);
  if (!needed && object->mapping_references == 0) add_tail(object);
  object->mappings_lock--;
  object->lock--;
  object->references--;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const uint32_t count = strtoul(argv[1], NULL, 10), operations = strtoul(argv[2], NULL, 10);
  const uint32_t stride = strtoul(argv[3], NULL, 10);
  handles = calloc(count, sizeof(*handles));
  if (handles == NULL || count == 0 || operations == 0) return 1;

  int64_t start = cpu_ns();
  for (uint32_t i = 0; i < count; i++) handles[i] = create(i);
  const double create_ns = (double)(cpu_ns() - start) / count;

  uint32_t index = 0;
  start = cpu_ns();
  for (uint32_t i = 0; i < operations; i++) advise(handles[index = (index + stride) % count], i & 1);
  const double advise_ns = (double)(cpu_ns() - start) / operations;

  start = cpu_ns();
  for (uint32_t i = 0; i < operations; i++) {
    index = (index + stride) % count;
    take_off(handles[index]);
    free(handles[index]);
    handles[index] = create(index);
  }
  const double churn_ns = (double)(cpu_ns() - start) / operations;

  for (uint32_t i = 0; i < count; i++) advise(handles[i], 0);
  start = cpu_ns();
  while (list.next != &list) {
    struct object *object = list.next;
    take_off(object);
    object->madv = UINT32_MAX;
    purged_pages += object->pages;
  }
  printf("%f %f %f %f\n", create_ns, advise_ns, churn_ns, (double)(cpu_ns() - start) / count);
}
