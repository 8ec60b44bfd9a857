/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the model uses of QEMU. Distributions ship no headers of these, so they are declared here, with no more than
 * the model needs: include/exec/memory.h, include/qemu/timer.h, include/qemu/notify.h and the qdev headers of 7.2.
 * Objects that QEMU fills in are given room to spare, and never looked into.
 */
#ifndef GEMRIG_QEMU_H
#define GEMRIG_QEMU_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t hwaddr;
typedef struct Error Error;
typedef struct Object Object;
typedef struct IRQState *qemu_irq;

typedef struct MemoryRegion {
	_Alignas(16) uint8_t room[4096];
} MemoryRegion;

typedef struct QEMUTimer {
	_Alignas(16) uint8_t room[256];
} QEMUTimer;

typedef struct Notifier {
	void (*notify)(struct Notifier *notifier, void *data);
	void *links[2];
} Notifier;

enum { DEVICE_LITTLE_ENDIAN = 2 };
enum { QEMU_CLOCK_VIRTUAL = 1 };
enum { SCALE_NS = 1 };

typedef struct MemoryRegionOps {
	uint64_t (*read)(void *opaque, hwaddr address, unsigned size);
	void (*write)(void *opaque, hwaddr address, uint64_t data, unsigned size);
	void (*read_with_attrs)(void);
	void (*write_with_attrs)(void);
	int endianness;
	struct {
		unsigned min_access_size, max_access_size;
		bool unaligned;
		void (*accepts)(void);
	} valid;
	struct {
		unsigned min_access_size, max_access_size;
		bool unaligned;
	} impl;
} MemoryRegionOps;

/* Made from qapi/misc.json. */
typedef struct VersionInfo {
	struct {
		int64_t major, minor, micro;
	} *qemu;
	char *package;
} VersionInfo;

VersionInfo *qmp_query_version(Error **error);
void qapi_free_VersionInfo(VersionInfo *info);
void qemu_add_machine_init_done_notifier(Notifier *notifier);
MemoryRegion *get_system_memory(void);
void memory_region_init_io(MemoryRegion *region, Object *owner, const MemoryRegionOps *ops, void *opaque,
			   const char *name, uint64_t size);
void memory_region_add_subregion(MemoryRegion *container, hwaddr offset, MemoryRegion *region);
Object *object_resolve_path_type(const char *path, const char *type, bool *ambiguous);
qemu_irq qdev_get_gpio_in(Object *device, int number);
void qemu_set_irq(qemu_irq irq, int level);
void cpu_physical_memory_rw(hwaddr address, void *buffer, hwaddr length, bool is_write);
void timer_init_full(QEMUTimer *timer, void *group, int clock, int scale, int attributes, void (*callback)(void *),
		     void *opaque);
void timer_mod(QEMUTimer *timer, int64_t expires);
void timer_del(QEMUTimer *timer);
int64_t qemu_clock_get_ns(int clock);

/* include/qemu/qemu-plugin.h, version 1 of its interface. */
typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t {
	const char *target_name;
	struct {
		int min, cur;
	} version;
	bool system_emulation;
} qemu_info_t;

#endif
