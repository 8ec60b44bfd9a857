// SPDX-License-Identifier: GPL-2.0-or-later
/* Address spaces: their registers, and the walk of the tables that drivers/iommu/io-pgtable-arm.c (ARM_MALI_LPAE) makes. */
#include "mali.h"

#define SPACE_STRIDE 0x40
#define COMMAND_UPDATE 1
#define COMMAND_LOCK 2
#define MODE_MASK 3u
#define MODE_TABLE 3u
#define PAGE 0x1000u

#define ENTRY_TYPE 3u
#define ENTRY_LEAF 1u
#define ENTRY_TABLE 3u
#define ENTRY_READ (1u << 6)
#define ENTRY_WRITE (1u << 7)
#define ENTRY_ADDRESS 0x0000fffffffff000ull

static void set_low(uint64_t *register_, uint32_t value)
{
	*register_ = (*register_ & ~0xffffffffull) | value;
}

static void set_high(uint64_t *register_, uint32_t value)
{
	*register_ = (*register_ & 0xffffffffull) | (uint64_t)value << 32;
}

/* AS_STATUS reads 0: each command is complete at once. */
uint32_t space_read(const struct mali *mali, unsigned offset)
{
	const struct space *space = &mali->spaces[offset / SPACE_STRIDE];

	switch (offset % SPACE_STRIDE) {
	case 0x00:
		return space->transtab;
	case 0x04:
		return space->transtab >> 32;
	case 0x08:
		return space->memattr;
	case 0x0c:
		return space->memattr >> 32;
	case 0x10:
		return space->lockaddr;
	case 0x14:
		return space->lockaddr >> 32;
	case 0x1c:
		return space->fault_status;
	case 0x20:
		return space->fault_address;
	case 0x24:
		return space->fault_address >> 32;
	case 0x30:
		return space->transcfg;
	case 0x34:
		return space->transcfg >> 32;
	default:
		return 0;
	}
}

void space_write(struct mali *mali, unsigned offset, uint32_t value)
{
	unsigned number = offset / SPACE_STRIDE;
	struct space *space = &mali->spaces[number];

	switch (offset % SPACE_STRIDE) {
	case 0x00:
		return set_low(&space->transtab, value);
	case 0x04:
		return set_high(&space->transtab, value);
	case 0x08:
		return set_low(&space->memattr, value);
	case 0x0c:
		return set_high(&space->memattr, value);
	case 0x10:
		return set_low(&space->lockaddr, value);
	case 0x14:
		return set_high(&space->lockaddr, value);
	case 0x30:
		return set_low(&space->transcfg, value);
	case 0x34:
		return set_high(&space->transcfg, value);
	case 0x18:
		if (value == COMMAND_UPDATE)
			space->table = space->transtab;
		if (value > 0 && value != COMMAND_LOCK)
			slots_retry(mali, number);
	}
}

static enum copied fault(struct mali *mali, unsigned number, uint64_t address, enum exception exception,
			 enum access access)
{
	struct space *space = &mali->spaces[number];

	space->fault_address = address;
	space->fault_status = exception | access << 8;
	mali_raise(mali, LINE_MMU, 1u << number);
	return COPY_FAULTED;
}

/* The physical address of a GPU address, in *address. */
static enum copied translate(struct mali *mali, unsigned number, uint64_t *address, enum access access)
{
	uint64_t wanted = access == ACCESS_READ ? ENTRY_READ : ENTRY_WRITE;
	uint64_t table = mali->spaces[number].table;
	uint64_t entry;

	if ((table & MODE_MASK) != MODE_TABLE)
		return COPY_DISABLED;
	for (unsigned level = 0; level < 4; level++) {
		unsigned shift = 39 - 9 * level;
		uint64_t within = (1ull << shift) - 1;

		cpu_physical_memory_rw((table & ENTRY_ADDRESS) + (*address >> shift & 0x1ff) * 8, &entry, 8, false);
		if ((entry & ENTRY_TYPE) == ENTRY_LEAF) {
			if (!(entry & wanted))
				return fault(mali, number, *address, EXCEPTION_PERMISSION_FAULT, access);
			*address = (entry & ENTRY_ADDRESS & ~within) | (*address & within);
			return COPIED;
		}
		if ((entry & ENTRY_TYPE) != ENTRY_TABLE || level == 3)
			return fault(mali, number, *address, EXCEPTION_TRANSLATION_FAULT + level, access);
		table = entry;
	}
	return COPY_DISABLED;
}

enum copied space_copy(struct mali *mali, unsigned space, uint64_t address, void *buffer, unsigned size,
		       enum access access)
{
	uint8_t *bytes = buffer;

	while (size > 0) {
		uint64_t physical = address;
		unsigned piece = PAGE - address % PAGE;
		enum copied copied = translate(mali, space, &physical, access);

		if (copied != COPIED)
			return copied;
		if (piece > size)
			piece = size;
		cpu_physical_memory_rw(physical, bytes, piece, access == ACCESS_WRITE);
		bytes += piece;
		address += piece;
		size -= piece;
	}
	return COPIED;
}
