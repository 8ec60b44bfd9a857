/** Which shrinker Panfrost's buffers are under: its own, or the generic one of the drm-shmem helper, never merged. */
import type { Backend } from '../backend/backend.js'
import { PANFROST_BO_HEAP, PANFROST_BO_NOEXEC } from '../backend/panfrost-calls.js'
import { parseDrmFdinfo } from '../device/fdinfo.js'
import type { Need } from './row.js'

const SIZE = 2 << 20
/** Negative for the kernel: a buffer that takes it counts as purged. */
const NEGATIVE = 0xffff_ffff

export async function probeShrinker(
  backend: Backend,
  node: string,
  lacks: Map<Need, string>,
  purge: () => Promise<void>,
): Promise<void> {
  const { drm, panfrost, fdinfo } = backend
  const fd = drm.open(node)
  const heap = panfrost.createBo(fd, SIZE, PANFROST_BO_HEAP | PANFROST_BO_NOEXEC)
  // The series answers for a heap before it looks at the advice.
  const isGeneric = typeof heap !== 'number' && panfrost.madvise(fd, heap.handle, NEGATIVE) === 1
  if (!isGeneric) lacks.set('shmem-shrinker', 'Panfrost has a shrinker of its own here')
  const own = drm.open(node)
  if (
    isGeneric &&
    !lacks.has('purge') &&
    typeof panfrost.createBo(own, SIZE, PANFROST_BO_NOEXEC) === 'object'
  ) {
    await purge()
    const info = fdinfo.read(own)
    const memory = typeof info === 'number' ? undefined : parseDrmFdinfo(info.text)?.memory['memory']
    if (memory === undefined || (memory.resident ?? 0n) > 0n)
      lacks.set('shmem-eviction', 'Panfrost evicts nothing that is needed here, or there is no swap')
  } else lacks.set('shmem-eviction', 'nothing can be evicted here')
  drm.close(own)
  drm.close(fd)
}
