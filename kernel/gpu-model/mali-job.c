// SPDX-License-Identifier: GPL-2.0-or-later
/* Job slots: one job at work, one that waits in the NEXT registers. */
#include <string.h>

#include "mali.h"

#define SLOT_BITS(number) (0x10001u << (number))
#define DONE_BIT(number) (1u << (number))
#define ERROR_BIT(number) (0x10000u << (number))

#define START 1
#define CONFIG_CHAIN_FLAG (1u << 11)

/* From START to the first job, and between two pieces of a chain. */
#define LATENCY_NS 20000
#define POLL_NS 500000
/* A chain that goes in a circle must not stop the machine; the driver's timeout ends it. */
#define JOBS_AT_ONCE 256

static void run_in(struct slot *slot, int64_t ns)
{
	timer_mod(&slot->timer, mali_now() + ns);
}

static void start_next(struct slot *slot)
{
	if (slot->active || slot->failed || slot->next.command != START)
		return;
	slot->current = slot->next;
	slot->next.command = 0;
	slot->tail = slot->current.head;
	slot->status = EXCEPTION_ACTIVE;
	slot->active = true;
	slot->stalled = false;
	run_in(slot, LATENCY_NS);
}

static void finish(struct slot *slot, uint32_t status)
{
	slot->active = false;
	slot->stalled = false;
	slot->status = status;
	slot->failed = status != EXCEPTION_DONE;
	timer_del(&slot->timer);
	mali_raise(slot->mali, LINE_JOB, slot->failed ? ERROR_BIT(slot->number) : DONE_BIT(slot->number));
	start_next(slot);
}

static void run(void *opaque)
{
	struct slot *slot = opaque;

	if (!slot->active || slot->stalled)
		return;
	for (unsigned job = 0; job < JOBS_AT_ONCE; job++) {
		switch (chain_step(slot)) {
		case STEP_NEXT:
			continue;
		case STEP_DONE:
			return finish(slot, EXCEPTION_DONE);
		case STEP_FAULT:
			return finish(slot, slot->status);
		case STEP_WAIT:
			return run_in(slot, POLL_NS);
		case STEP_STALL:
			slot->stalled = true;
			return;
		}
	}
	run_in(slot, LATENCY_NS);
}

static void stop(struct slot *slot, uint32_t command)
{
	bool flag = slot->current.config & CONFIG_CHAIN_FLAG;

	/* 2 and 3 stop any chain; 4 and 5 one without the flag, 6 and 7 one with it. Odd ones are hard. */
	if (!slot->active || command < 2 || command > 7 || (command >= 4 && flag != (command >= 6)))
		return;
	finish(slot, command & 1 ? EXCEPTION_TERMINATED : EXCEPTION_STOPPED);
}

void slots_init(struct mali *mali)
{
	for (unsigned number = 0; number < MALI_SLOTS; number++) {
		struct slot *slot = &mali->slots[number];

		slot->mali = mali;
		slot->number = number;
		timer_init_full(&slot->timer, NULL, QEMU_CLOCK_VIRTUAL, SCALE_NS, 0, run, slot);
	}
}

void slots_reset(struct mali *mali)
{
	for (unsigned number = 0; number < MALI_SLOTS; number++) {
		struct slot *slot = &mali->slots[number];

		timer_del(&slot->timer);
		memset(&slot->current, 0, sizeof(slot->current));
		memset(&slot->next, 0, sizeof(slot->next));
		slot->tail = 0;
		slot->status = 0;
		slot->active = slot->stalled = slot->failed = false;
	}
	mali->job_state = 0;
}

uint32_t slot_read(const struct slot *slot, unsigned offset)
{
	switch (offset) {
	case 0x00:
		return slot->current.head;
	case 0x04:
		return slot->current.head >> 32;
	case 0x08:
		return slot->tail;
	case 0x0c:
		return slot->tail >> 32;
	case 0x10:
		return slot->current.affinity;
	case 0x14:
		return slot->current.affinity >> 32;
	case 0x18:
		return slot->current.config;
	case 0x24:
		return slot->status;
	case 0x40:
		return slot->next.head;
	case 0x44:
		return slot->next.head >> 32;
	case 0x50:
		return slot->next.affinity;
	case 0x54:
		return slot->next.affinity >> 32;
	case 0x58:
		return slot->next.config;
	case 0x60:
		return slot->next.command;
	case 0x70:
		return slot->next.flush_id;
	default:
		return 0;
	}
}

void slot_write(struct slot *slot, unsigned offset, uint32_t value)
{
	struct job_registers *next = &slot->next;

	switch (offset) {
	case 0x20:
		return stop(slot, value);
	case 0x40:
		next->head = (next->head & ~0xffffffffull) | value;
		return;
	case 0x44:
		next->head = (next->head & 0xffffffffull) | (uint64_t)value << 32;
		return;
	case 0x50:
		next->affinity = (next->affinity & ~0xffffffffull) | value;
		return;
	case 0x54:
		next->affinity = (next->affinity & 0xffffffffull) | (uint64_t)value << 32;
		return;
	case 0x58:
		next->config = value;
		return;
	case 0x60:
		next->command = value;
		return start_next(slot);
	case 0x70:
		next->flush_id = value;
	}
}

void slots_cleared(struct mali *mali, uint32_t bits)
{
	for (unsigned number = 0; number < MALI_SLOTS; number++) {
		struct slot *slot = &mali->slots[number];

		if (!(bits & SLOT_BITS(number)))
			continue;
		if (bits & ERROR_BIT(number))
			slot->failed = false;
		start_next(slot);
		mali->job_state &= ~SLOT_BITS(number);
		mali->job_state |= slot->active ? DONE_BIT(number) : 0;
		mali->job_state |= slot->next.command == START ? ERROR_BIT(number) : 0;
	}
}

void slots_retry(struct mali *mali, unsigned space)
{
	for (unsigned number = 0; number < MALI_SLOTS; number++) {
		struct slot *slot = &mali->slots[number];

		if (!slot->stalled || (slot->current.config & 0xf) != space)
			continue;
		slot->stalled = false;
		run_in(slot, 0);
	}
}
