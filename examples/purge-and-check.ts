/** Gives a buffer to the kernel, makes the kernel reclaim, and looks at what it says of it. */
import { openBoard, openDevice, PurgedError } from 'gemrig'

const board = openBoard() // this machine if it has a GPU that can be purged, else a simulated one
using device = openDevice({ board })
using buffer = device.createBuffer({ sizeBytes: 1 << 20, noexec: true })
{
  using mapping = buffer.map()
  mapping.fill(42n)
}
console.log('given away:', buffer.madvise('dontneed'))
await board.files.write('/sys/fs/cgroup/memory.reclaim', String(64 << 20))
console.log('taken back:', buffer.madvise('willneed'))
using mapping = buffer.map()
try {
  mapping.verify(42n)
  console.log('every byte is there')
} catch (error) {
  if (!(error instanceof PurgedError)) throw error
  console.log(error.message)
}
