/** Whether a file is a kernel that QEMU can start on a board: what it begins with tells its format and its architecture. */
import { closeSync, openSync, readSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { ARM, ARM64, type GuestArchitecture } from '../architecture.js'
import { VmError } from '../vm-error.js'

/** Enough for every header, and for the first bytes of what is compressed. */
const HEAD_BYTES = 64 * 1024
/** Up to the last field that is looked at: the place of PE's header. */
const HEADER_BYTES = 0x40
const GZIP = Buffer.of(0x1f, 0x8b)
const ELF = 0x7f45_4c46
const UIMAGE = 0x2705_1956
const MZ = 0x4d5a
/** Little-endian: `ARM\x64`, at 0x38 (Documentation/arch/arm64/booting.rst). */
const ARM64_IMAGE = 0x644d_5241
/** At 0x24 (arch/arm/boot/compressed/head.S). */
const ARM_ZIMAGE = 0x016f_2818
/** Machines of PE (pe.h) and architectures of U-Boot (include/image.h). */
const PE_MACHINES = new Map([[0xaa64, ARM64], [0x01c0, ARM], [0x01c2, ARM], [0x01c4, ARM]]) // prettier-ignore
const UIMAGE_ARCHITECTURES = new Map([[2, ARM], [22, ARM64]]) // prettier-ignore

/**
 * VmError `wrong-use` for what is no kernel, one of another architecture, and a vmlinux, which QEMU does not start. The
 * advice names the file to take.
 */
export function checkKernelImage(path: string, architecture: GuestArchitecture): void {
  const head = headOf(path)
  const found = imageArchitecture(head)
  if (found === architecture) return
  const { linux, kernelImage } = architecture
  const advice = `take arch/${linux}/boot/${kernelImage} of the kernel's build`
  if (found !== undefined)
    throw new VmError('wrong-use', `${path} is a kernel for ${found.debian}, and the board is ${architecture.debian}`, { advice }) // prettier-ignore
  const what = magicOf(head) === ELF ? 'an ELF file such as vmlinux, which QEMU does not start' : 'no kernel'
  throw new VmError('wrong-use', `${path} is ${what}`, { advice })
}

/** Undefined for what is no kernel of an architecture that there is a board of. */
function imageArchitecture(head: Buffer): GuestArchitecture | undefined {
  if (head.subarray(0, GZIP.length).equals(GZIP)) {
    const unpacked = unpackedHead(head)
    // QEMU unpacks for 64-bit guests alone.
    return unpacked !== undefined && imageArchitecture(unpacked) === ARM64 ? ARM64 : undefined
  }
  if (head.length < HEADER_BYTES) return undefined
  if (head.readUInt32LE(0x38) === ARM64_IMAGE) return ARM64
  if (head.readUInt32LE(0x24) === ARM_ZIMAGE) return ARM
  if (magicOf(head) === UIMAGE) return UIMAGE_ARCHITECTURES.get(head.readUInt8(29))
  if (head.readUInt16BE(0) !== MZ) return undefined
  const header = head.readUInt32LE(0x3c)
  const isPe = header + 6 <= head.length && head.toString('latin1', header, header + 4) === 'PE\0\0'
  return isPe ? PE_MACHINES.get(head.readUInt16LE(header + 4)) : undefined
}

function magicOf(head: Buffer): number | undefined {
  return head.length < HEADER_BYTES ? undefined : head.readUInt32BE(0)
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    return head.subarray(0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}

/** Of a file that goes on after `head`. */
function unpackedHead(head: Buffer): Buffer | undefined {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined
  }
}
