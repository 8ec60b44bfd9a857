/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Mali of the job manager kind (Midgard, Bifrost) as its driver sees it: drivers/gpu/drm/panfrost/panfrost_regs.h
 * (Linux 6.12) names the registers, panfrost_job.c and panfrost_mmu.c tell what the driver expects of them.
 *
 * QEMU calls all of it with its global lock held, so there is no other lock.
 */
#ifndef GEMRIG_MALI_H
#define GEMRIG_MALI_H

#include "qemu.h"

#define MALI_SLOTS 3
#define MALI_SPACES 8
/* What the device tree gives to it, from panfrost_regs.h: nothing is above. */
#define MALI_SIZE 0x4000

enum mali_line { LINE_JOB, LINE_MMU, LINE_GPU, LINES };

/* RAWSTAT, CLEAR, MASK and STAT of one interrupt line. */
struct interrupt {
	uint32_t raw, mask;
	qemu_irq irq;
};

/* panfrost_device.h, enum drm_panfrost_exception_type. */
enum exception {
	EXCEPTION_DONE = 0x01,
	EXCEPTION_STOPPED = 0x03,
	EXCEPTION_TERMINATED = 0x04,
	EXCEPTION_ACTIVE = 0x08,
	EXCEPTION_JOB_CONFIG_FAULT = 0x40,
	EXCEPTION_JOB_READ_FAULT = 0x42,
	EXCEPTION_JOB_WRITE_FAULT = 0x43,
	EXCEPTION_TRANSLATION_FAULT = 0xc0,
	EXCEPTION_PERMISSION_FAULT = 0xc8,
};

/* Written by the driver; START in `command` makes them the current ones when the slot is free. */
struct job_registers {
	uint64_t head, affinity;
	uint32_t config, command, flush_id;
};

struct slot {
	struct mali *mali;
	unsigned number;
	struct job_registers current, next;
	/* The job of the chain that is at work, or was last. */
	uint64_t tail;
	uint32_t status;
	bool active;
	/* Waits for the driver to handle a page fault. */
	bool stalled;
	/* After a failure the next job waits until the driver has seen it. */
	bool failed;
	QEMUTimer timer;
};

struct space {
	uint64_t transtab, memattr, lockaddr, fault_address, transcfg;
	/* What UPDATE made of transtab: the table that jobs go by. */
	uint64_t table;
	uint32_t fault_status;
};

struct mali {
	/* Registers that only tell what GPU this is. */
	uint32_t identity[MALI_SIZE / 4];
	struct interrupt lines[LINES];
	uint32_t job_state, flush_id;
	/* SHADER, TILER, L2, STACK. */
	uint32_t ready[4];
	struct slot slots[MALI_SLOTS];
	struct space spaces[MALI_SPACES];
	MemoryRegion region;
};

/* mali.c */
uint64_t mali_read(void *opaque, hwaddr address, unsigned size);
void mali_write(void *opaque, hwaddr address, uint64_t data, unsigned size);
void mali_raise(struct mali *mali, enum mali_line line, uint32_t bits);
int64_t mali_now(void);

/* mali-job.c */
void slots_init(struct mali *mali);
void slots_reset(struct mali *mali);
uint32_t slot_read(const struct slot *slot, unsigned offset);
void slot_write(struct slot *slot, unsigned offset, uint32_t value);
/* The driver has cleared these bits of JOB_INT_RAWSTAT. */
void slots_cleared(struct mali *mali, uint32_t bits);
/* Jobs of an address space that wait for a page try again. */
void slots_retry(struct mali *mali, unsigned space);

/* mali-chain.c */
enum step { STEP_NEXT, STEP_DONE, STEP_WAIT, STEP_STALL, STEP_FAULT };
/* Executes the job at slot->tail. STEP_FAULT leaves the exception in slot->status. */
enum step chain_step(struct slot *slot);

/* mali-mmu.c */
uint32_t space_read(const struct mali *mali, unsigned offset);
void space_write(struct mali *mali, unsigned offset, uint32_t value);
enum access { ACCESS_READ = 2, ACCESS_WRITE = 3 };
enum copied {
	COPIED,
	/* The driver has been asked for the page. */
	COPY_FAULTED,
	/* The driver has switched the address space off. */
	COPY_DISABLED,
};
enum copied space_copy(struct mali *mali, unsigned space, uint64_t address, void *buffer, unsigned size,
		       enum access access);

#endif
