// SPDX-License-Identifier: GPL-2.0-or-later
/* The GPU's registers, its reset, power and caches, and its three interrupt lines. */
#include <string.h>

#include "mali.h"

#define GPU_INTERRUPT 0x020
#define GPU_COMMAND 0x030
#define GPU_FLUSH_ID 0x038
#define GPU_CYCLE_COUNT 0x090
#define GPU_TIMESTAMP 0x098
#define JOB_INTERRUPT 0x1000
#define JOB_STATE 0x1010
#define JOB_SLOTS 0x1800
#define SLOT_STRIDE 0x80
#define MMU_INTERRUPT 0x2000
#define MMU_SPACES 0x2400
#define SPACES_SIZE (MALI_SPACES * 0x40)

#define RESET_COMPLETED (1u << 8)
#define POWER_CHANGED (3u << 9)
#define SAMPLE_COMPLETED (1u << 16)
#define CLEAN_CACHES_COMPLETED (1u << 17)

/* Low words of READY, PWRON and PWROFF, in the order of mali->ready. */
static const uint16_t READY[] = { 0x140, 0x150, 0x160, 0xe10 };
static const uint16_t POWER_ON[] = { 0x180, 0x190, 0x1a0, 0xe20 };
static const uint16_t POWER_OFF[] = { 0x1c0, 0x1d0, 0x1e0, 0xe30 };

int64_t mali_now(void)
{
	return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void update(struct interrupt *line)
{
	qemu_set_irq(line->irq, (line->raw & line->mask) != 0);
}

void mali_raise(struct mali *mali, enum mali_line line, uint32_t bits)
{
	mali->lines[line].raw |= bits;
	update(&mali->lines[line]);
}

static uint32_t interrupt_read(const struct interrupt *line, unsigned offset)
{
	switch (offset) {
	case 0x0:
		return line->raw;
	case 0x8:
		return line->mask;
	case 0xc:
		return line->raw & line->mask;
	default:
		return 0;
	}
}

static void interrupt_write(struct interrupt *line, unsigned offset, uint32_t value)
{
	if (offset == 0x4)
		line->raw &= ~value;
	else if (offset == 0x8)
		line->mask = value;
	update(line);
}

static void reset(struct mali *mali)
{
	slots_reset(mali);
	memset(mali->spaces, 0, sizeof(mali->spaces));
	memset(mali->ready, 0, sizeof(mali->ready));
	for (unsigned line = 0; line < LINES; line++) {
		mali->lines[line].raw = mali->lines[line].mask = 0;
		update(&mali->lines[line]);
	}
	mali_raise(mali, LINE_GPU, RESET_COMPLETED);
}

static void command(struct mali *mali, uint32_t value)
{
	switch (value) {
	case 1:
	case 2:
		return reset(mali);
	case 4:
		return mali_raise(mali, LINE_GPU, SAMPLE_COMPLETED);
	case 7:
	case 8:
		mali->flush_id++;
		return mali_raise(mali, LINE_GPU, CLEAN_CACHES_COMPLETED);
	}
}

static void power(struct mali *mali, unsigned address, uint32_t value)
{
	for (unsigned domain = 0; domain < 4; domain++) {
		if (address == POWER_ON[domain])
			mali->ready[domain] |= value;
		else if (address == POWER_OFF[domain])
			mali->ready[domain] &= ~value;
		else
			continue;
		mali_raise(mali, LINE_GPU, POWER_CHANGED);
	}
}

static uint32_t gpu_read(const struct mali *mali, unsigned address)
{
	uint64_t now = mali_now();

	switch (address) {
	case GPU_FLUSH_ID:
		return mali->flush_id;
	case GPU_CYCLE_COUNT:
	case GPU_TIMESTAMP:
		return now;
	case GPU_CYCLE_COUNT + 4:
	case GPU_TIMESTAMP + 4:
		return now >> 32;
	}
	for (unsigned domain = 0; domain < 4; domain++)
		if (address == READY[domain])
			return mali->ready[domain];
	return mali->identity[address / 4];
}

uint64_t mali_read(void *opaque, hwaddr address, unsigned size)
{
	const struct mali *mali = opaque;

	(void)size;
	if (address >= GPU_INTERRUPT && address < GPU_INTERRUPT + 0x10)
		return interrupt_read(&mali->lines[LINE_GPU], address - GPU_INTERRUPT);
	if (address >= JOB_INTERRUPT && address < JOB_INTERRUPT + 0x10)
		return interrupt_read(&mali->lines[LINE_JOB], address - JOB_INTERRUPT);
	if (address >= MMU_INTERRUPT && address < MMU_INTERRUPT + 0x10)
		return interrupt_read(&mali->lines[LINE_MMU], address - MMU_INTERRUPT);
	if (address == JOB_STATE)
		return mali->job_state;
	if (address >= JOB_SLOTS && address < JOB_SLOTS + MALI_SLOTS * SLOT_STRIDE)
		return slot_read(&mali->slots[(address - JOB_SLOTS) / SLOT_STRIDE], address % SLOT_STRIDE);
	if (address >= MMU_SPACES && address < MMU_SPACES + SPACES_SIZE)
		return space_read(mali, address - MMU_SPACES);
	return gpu_read(mali, address);
}

void mali_write(void *opaque, hwaddr address, uint64_t data, unsigned size)
{
	struct mali *mali = opaque;

	(void)size;
	if (address == GPU_COMMAND) {
		command(mali, data);
	} else if (address >= GPU_INTERRUPT && address < GPU_INTERRUPT + 0x10) {
		interrupt_write(&mali->lines[LINE_GPU], address - GPU_INTERRUPT, data);
	} else if (address >= JOB_INTERRUPT && address < JOB_INTERRUPT + 0x10) {
		interrupt_write(&mali->lines[LINE_JOB], address - JOB_INTERRUPT, data);
		if (address == JOB_INTERRUPT + 4)
			slots_cleared(mali, data);
	} else if (address >= MMU_INTERRUPT && address < MMU_INTERRUPT + 0x10) {
		interrupt_write(&mali->lines[LINE_MMU], address - MMU_INTERRUPT, data);
	} else if (address >= JOB_SLOTS && address < JOB_SLOTS + MALI_SLOTS * SLOT_STRIDE) {
		slot_write(&mali->slots[(address - JOB_SLOTS) / SLOT_STRIDE], address % SLOT_STRIDE, data);
	} else if (address >= MMU_SPACES && address < MMU_SPACES + SPACES_SIZE) {
		space_write(mali, address - MMU_SPACES, data);
	} else {
		power(mali, address, data);
	}
}
