// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Execution of job descriptors, as Mesa's src/panfrost/genxml describes them (v4 to v7): a header of 32 bytes, then the
 * payload of the type. Jobs that run shaders are refused with JOB_CONFIG_FAULT: nothing here could execute them.
 */
#include "mali.h"

#define TYPE_NOT_STARTED 0
#define TYPE_NULL 1
#define TYPE_WRITE_VALUE 2
#define TYPE_CACHE_FLUSH 3
/* The model's own: waits for as long as the 32-bit word at the payload's address is not 0. */
#define TYPE_HOLD 0x7f

#define VALUE_CYCLE_COUNTER 1
#define VALUE_TIMESTAMP 2
#define VALUE_ZERO 3
#define VALUE_IMMEDIATE_8 4
#define VALUE_IMMEDIATE_64 7

#define CONFIG_NO_WRITE_BACK (1u << 15)

struct descriptor {
	uint32_t exception, first_incomplete;
	uint64_t fault_pointer;
	uint32_t type, dependencies;
	uint64_t next;
	uint64_t address;
	uint32_t value_type, reserved;
	uint64_t immediate;
	uint64_t padding;
};

static enum step access_step(struct slot *slot, uint64_t address, void *buffer, unsigned size, enum access access)
{
	switch (space_copy(slot->mali, slot->current.config & 0xf, address, buffer, size, access)) {
	case COPIED:
		return STEP_DONE;
	case COPY_FAULTED:
		return STEP_STALL;
	default:
		slot->status = access == ACCESS_READ ? EXCEPTION_JOB_READ_FAULT : EXCEPTION_JOB_WRITE_FAULT;
		return STEP_FAULT;
	}
}

static enum step refuse(struct slot *slot)
{
	slot->status = EXCEPTION_JOB_CONFIG_FAULT;
	return STEP_FAULT;
}

static enum step write_value(struct slot *slot, const struct descriptor *job)
{
	uint64_t value = 0;
	unsigned size = 8;

	switch (job->value_type) {
	case VALUE_CYCLE_COUNTER:
	case VALUE_TIMESTAMP:
		value = mali_now();
		break;
	case VALUE_ZERO:
		break;
	default:
		if (job->value_type < VALUE_IMMEDIATE_8 || job->value_type > VALUE_IMMEDIATE_64)
			return refuse(slot);
		size = 1u << (job->value_type - VALUE_IMMEDIATE_8);
		value = job->immediate;
	}
	return access_step(slot, job->address, &value, size, ACCESS_WRITE);
}

static enum step hold(struct slot *slot, const struct descriptor *job)
{
	uint32_t word;
	enum step step = access_step(slot, job->address, &word, sizeof(word), ACCESS_READ);

	return step == STEP_DONE && word != 0 ? STEP_WAIT : step;
}

static enum step execute(struct slot *slot, const struct descriptor *job)
{
	switch (job->type >> 1 & 0x7f) {
	case TYPE_NOT_STARTED:
	case TYPE_NULL:
	case TYPE_CACHE_FLUSH:
		return STEP_DONE;
	case TYPE_WRITE_VALUE:
		return write_value(slot, job);
	case TYPE_HOLD:
		return hold(slot, job);
	default:
		return refuse(slot);
	}
}

enum step chain_step(struct slot *slot)
{
	struct descriptor job;
	uint32_t done = EXCEPTION_DONE;
	enum step step = access_step(slot, slot->tail, &job, 0x20, ACCESS_READ);

	/* A null job may end with its page: no payload is read that is not needed. */
	if (step == STEP_DONE && (job.type >> 1 & 0x7f) > TYPE_NULL)
		step = access_step(slot, slot->tail, &job, sizeof(job), ACCESS_READ);
	if (step == STEP_DONE)
		step = execute(slot, &job);
	if (step == STEP_DONE && !(slot->current.config & CONFIG_NO_WRITE_BACK))
		step = access_step(slot, slot->tail, &done, sizeof(done), ACCESS_WRITE);
	if (step != STEP_DONE || job.next == 0)
		return step;
	slot->tail = job.next;
	return STEP_NEXT;
}
