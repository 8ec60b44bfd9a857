/**
 * Firmware for a Mali whose microcontroller does not exist. It holds no code, only the tables by which Panthor finds the
 * interface memory: drivers/gpu/drm/panthor/panthor_fw.c and panthor_fw.h (6.12, 7.2). Every interface has its output
 * where its input is, so each request that the driver writes is its own acknowledgement.
 */

/** struct panthor_fw_binary_hdr. */
const MAGIC = 0xc3f1_3a6e
const VERSION = 0x0003 // 0.3: the minor one in the low byte
/** What struct panthor_fw_binary_section_entry_hdr takes with the word before it that tells type and length. */
const ENTRY_BYTES = 24
const ENTRY_LENGTH_SHIFT = 8 // the type, in the low byte, is 0: a section to map

/** CSF_FW_BINARY_IFACE_ENTRY_*. */
const READ = 1 << 0
const WRITE = 1 << 1
const EXECUTE = 1 << 2
const CACHED = 1 << 3
const UNCACHED_COHERENT = 2 << 3
const SHARED = 1 << 30
const ZERO = 1 << 31

/** CSF_MCU_SHARED_REGION_START. */
const SHARED_ADDRESS = 0x0400_0000
const SHARED_BYTES = 0x8000
/** Where the contents of the shared section are in the file. */
const SHARED_AT = 0x100

/** CSF_GROUP_CONTROL_OFFSET and CSF_STREAM_CONTROL_OFFSET, the latter from its group. */
const GROUP_CONTROL = 0x1000
const STREAM_CONTROL = 0x40
const GROUP_STRIDE = 0x100
const STREAM_STRIDE = 0x10
const GROUPS = 8
const STREAMS = 8

/** Input and output of the interfaces, from the start of the section. */
const GLOBAL_INPUT = 0x2000
const GROUP_INPUT = 0x3000
const STREAM_INPUT = 0x4000
const INPUT_BYTES = 0x100

const INTERFACE_VERSION = 0x0101_0000 // 1.1
const INSTRUMENTATION_FEATURES = 0x71
/** Of each group, for its state when it is suspended, in normal and in protected mode. */
const SUSPEND_BYTES = 0x1000
/** 96 registers, 8 scoreboard slots, compute, fragment and tiler. */
const STREAM_FEATURES = 0x0007_085f

/** The contents of a `mali_csffw.bin`. */
export function csfFirmware(): Buffer {
  const entries = [
    entry('code', READ | EXECUTE | CACHED | ZERO, 0, 0x1000, 0, 0),
    entry(
      'shared\0\0',
      READ | WRITE | UNCACHED_COHERENT | SHARED | ZERO,
      SHARED_ADDRESS,
      SHARED_BYTES,
      SHARED_AT,
      SHARED_BYTES,
    ),
  ]
  const tableBytes = 20 + entries.reduce((sum, { length }) => sum + length, 0)
  const header = words([MAGIC, VERSION, 0, 0, tableBytes])
  const tables = Buffer.concat([header, ...entries])
  return Buffer.concat([tables, Buffer.alloc(SHARED_AT - tables.length), sharedSection()])
}

function entry(
  name: string,
  flags: number,
  address: number,
  sizeBytes: number,
  dataAt: number,
  dataBytes: number,
): Buffer {
  const length = ENTRY_BYTES + name.length
  const fields = words([
    length << ENTRY_LENGTH_SHIFT,
    flags,
    address,
    address + sizeBytes,
    dataAt,
    dataAt + dataBytes,
  ])
  return Buffer.concat([fields, Buffer.from(name)])
}

/** struct panthor_fw_global_control_iface, and behind it those of the groups and their streams. */
function sharedSection(): Buffer {
  const section = Buffer.alloc(SHARED_BYTES)
  const put = (at: number, values: readonly number[]) => words(values).copy(section, at)
  const both = (offset: number) => [SHARED_ADDRESS + offset, SHARED_ADDRESS + offset]
  put(0, [INTERFACE_VERSION, 0, ...both(GLOBAL_INPUT), GROUPS, GROUP_STRIDE, 0, INSTRUMENTATION_FEATURES])
  for (let group = 0; group < GROUPS; group++) {
    const control = GROUP_CONTROL + group * GROUP_STRIDE
    const interfaces = both(GROUP_INPUT + group * INPUT_BYTES)
    put(control, [0, ...interfaces, SUSPEND_BYTES, SUSPEND_BYTES, STREAMS, STREAM_STRIDE])
    for (let stream = 0; stream < STREAMS; stream++)
      put(control + STREAM_CONTROL + stream * STREAM_STRIDE, [
        STREAM_FEATURES,
        ...both(STREAM_INPUT + (group * STREAMS + stream) * INPUT_BYTES),
      ])
  }
  return section
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, 4 * index))
  return bytes
}
