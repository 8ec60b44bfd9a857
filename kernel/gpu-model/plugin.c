// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model as a TCG plugin: a shared object that QEMU loads. It uses nothing of the plugin interface but the loading;
 * the device is put into the machine with QEMU's own functions, whose declarations (qemu.h) hold for one series of it.
 *
 * Arguments: base=ADDRESS of the registers; spi=NUMBER of the first of three shared interrupts: job, mmu, gpu;
 * registers=FILE with the registers that tell what GPU this is, from offset 0 on. check=on only tells whether it loads.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mali.h"

#define PUBLIC __attribute__((visibility("default")))
/* The series that qemu.h was written for. */
#define QEMU_MAJOR 7
#define QEMU_MINOR 2

PUBLIC int qemu_plugin_version = 1;
PUBLIC int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

static const MemoryRegionOps OPS = {
	.read = mali_read,
	.write = mali_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
	.impl = { .min_access_size = 4, .max_access_size = 4 },
};

static struct mali mali;
static uint64_t base;
static int first_spi;

static void fail(const char *text)
{
	fprintf(stderr, "gpu model: %s\n", text);
	exit(1);
}

static void machine_is_made(Notifier *notifier, void *data)
{
	Object *gic = object_resolve_path_type("", "arm_gic", NULL);

	(void)notifier;
	(void)data;
	if (!gic)
		fail("this machine has no GICv2");
	for (int line = 0; line < LINES; line++)
		mali.lines[line].irq = qdev_get_gpio_in(gic, first_spi + line);
	slots_init(&mali);
	memory_region_init_io(&mali.region, NULL, &OPS, &mali, "gemrig-mali", MALI_SIZE);
	memory_region_add_subregion(get_system_memory(), base, &mali.region);
}

static void read_identity(const char *file)
{
	FILE *stream = fopen(file, "rb");

	if (!stream || fread(mali.identity, 4, MALI_SIZE / 4, stream) == 0)
		fail("cannot read the file of registers");
	fclose(stream);
}

static int is_right_qemu(const qemu_info_t *info)
{
	VersionInfo *version;
	int right;

	/* The plugin is linked lazily: without this function, nothing else of QEMU is touched. */
	if (!info->system_emulation || !dlsym(RTLD_DEFAULT, "qmp_query_version"))
		return 0;
	version = qmp_query_version(NULL);
	right = version->qemu->major == QEMU_MAJOR && version->qemu->minor == QEMU_MINOR;
	qapi_free_VersionInfo(version);
	return right;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	static Notifier notifier = { .notify = machine_is_made };

	(void)id;
	if (!is_right_qemu(info)) {
		fprintf(stderr, "gpu model: it works in QEMU %d.%d only\n", QEMU_MAJOR, QEMU_MINOR);
		return -1;
	}
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "check=on"))
			exit(0);
		else if (!strncmp(argv[i], "base=", 5))
			base = strtoull(argv[i] + 5, NULL, 0);
		else if (!strncmp(argv[i], "spi=", 4))
			first_spi = atoi(argv[i] + 4);
		else if (!strncmp(argv[i], "registers=", 10))
			read_identity(argv[i] + 10);
	}
	qemu_add_machine_init_done_notifier(&notifier);
	return 0;
}
