/** Allocates a dma-buf from the system heap, and writes to it between the brackets that keep caches right. */
import { openHeap } from 'gemrig'

using heap = openHeap('system')
using dmabuf = heap.allocate(8 << 20)
using mapping = dmabuf.map()
await dmabuf.cpuAccess('rw', () => mapping.fill(7n))
await dmabuf.cpuAccess('r', () => mapping.verify(7n))
console.log(`${dmabuf.sizeBytes} bytes of the heap '${heap.name}' hold what was written to them`)
