/** A record of /dev/kmsg: Documentation/ABI/testing/dev-kmsg; kernel/printk/printk.c, info_print_ext_header (6.12). */

export interface KmsgRecord {
  /** 0 is the kernel itself; whatever user space writes has another one. */
  readonly facility: number
  /** 0 emergency to 7 debug. */
  readonly level: number
  readonly sequence: number
  /** The kernel's own clock since boot. */
  readonly uptimeUs: number
  readonly text: string
}

const HEADER = /^(\d+),(\d+),(\d+),[^;]*;/

/** One read of /dev/kmsg; undefined when it is none. */
export function parseKmsgRecord(record: string): KmsgRecord | undefined {
  const header = HEADER.exec(record)
  if (header === null) return undefined
  // What follows the first line is the dictionary: ` SUBSYSTEM=...`, ` DEVICE=...`.
  const [text = ''] = record.slice(header[0].length).split('\n', 1)
  const priority = Number(header[1])
  return {
    facility: priority >> 3,
    level: priority & 7,
    sequence: Number(header[2]),
    uptimeUs: Number(header[3]),
    text: unescape(text),
  }
}

/** The kernel writes bytes that are not printable, and the backslash, as \xNN. */
function unescape(text: string): string {
  if (!text.includes('\\x')) return text
  return text.replaceAll(/(?:\\x[0-9a-f]{2})+/g, (escaped) =>
    Buffer.from(escaped.replaceAll('\\x', ''), 'hex').toString('utf8'),
  )
}
