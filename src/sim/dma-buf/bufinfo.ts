/** debugfs, dma_buf/bufinfo: dma_buf_debug_show(), dma-buf.c; dma_resv_describe(); dma_fence_describe() (6.12, 7.2). */
import type { Kernel } from '../kernel.js'
import type { DmaBufFile } from './dma-buf.js'
import { isSignaled, type DmaFence } from './dma-fence.js'

/** Of f_mode: FMODE_READ, FMODE_WRITE, FMODE_LSEEK, FMODE_OPENED; include/linux/fs.h (6.12). */
const FMODE_READ = 0x1
const FMODE_WRITE = 0x2
const FMODE_LSEEK = 0x4
const FMODE_OPENED = 0x80000
const O_RDWR = 2

export function bufinfoText(kernel: Kernel): string {
  const { dmaBufs } = kernel
  const column = (text: string) => text.padEnd(8)
  const head = ['size', 'flags', 'mode', 'count'].map(column).join('\t')
  const bytes = [...dmaBufs].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return [
    '\nDma-buf Objects:\n',
    `${head}\texp_name\t${column('ino')}\tname\n`,
    ...[...dmaBufs].map((dmaBuf) => describe(kernel, dmaBuf)),
    `\nTotal ${dmaBufs.size} objects, ${bytes} bytes\n`,
  ].join('')
}

function describe(kernel: Kernel, dmaBuf: DmaBufFile): string {
  const { isWritable, memory, sizeBytes, references, ino, name, attachments } = dmaBuf
  const hex = (value: number) => value.toString(16).padStart(8, '0')
  const decimal = (value: number) => String(value).padStart(8, '0')
  const mode = FMODE_OPENED | FMODE_LSEEK | FMODE_READ | (isWritable ? FMODE_WRITE : 0)
  const row = [
    decimal(sizeBytes),
    hex(isWritable ? O_RDWR : 0),
    hex(mode),
    decimal(references),
    memory.exporter,
    decimal(ino),
    name === '' ? '<none>' : name,
  ]
  const fences = dmaBuf.resv
    .entries()
    .map(({ fence, usage }) => `\t${usage} fence:${describeFence(kernel, fence)}\n`)
  return [
    `${row.join('\t')}\n`,
    ...fences,
    '\tAttached Devices:\n',
    ...attachments.map((device) => `\t${device}\n`),
    `Total ${attachments.length} devices attached\n\n`,
  ].join('')
}

function describeFence(kernel: Kernel, fence: DmaFence): string {
  const { context, seqno, driverName, timelineName } = fence
  const isDone = isSignaled(fence, kernel.taskNowNs())
  const state = isDone ? 'signalled' : 'unsignalled'
  if (kernel.release !== '7.2') return `${driverName} ${timelineName} seq ${seqno} ${state}`
  const names = isDone ? ' ' : `${timelineName} ${driverName}`
  return `${context}:${seqno} ${names} ${state}`
}
