/**
 * Imported before an actor's program (`node --import`): once, between a WILLNEED that was answered with retained and the
 * check of that buffer, a byte of it is flipped through a second mapping. So the kernel seems to have lost it.
 */

export const FLIPPED_AT = 77

/** Groups of a backend, of which the first check after a retained WILLNEED finds one byte that is another. */
export function flippingOnce({ panfrost, memory }) {
  let retained
  let isDone = false
  const madvise = (fd, handle, advice) => {
    const answer = panfrost.madvise(fd, handle, advice)
    if (advice === 0 && answer === 1) retained = { fd, handle }
    return answer
  }
  const verify = (...args) => {
    if (retained !== undefined && !isDone) {
      isDone = true
      flip(retained)
    }
    return memory.verify(...args)
  }
  const flip = ({ fd, handle }) => {
    const { offset } = panfrost.mmapBo(fd, handle, 0)
    const map = memory.mmap(fd, offset, 4096)
    const [byte] = memory.read(map, FLIPPED_AT, 1)
    memory.write(map, FLIPPED_AT, Uint8Array.of(byte ^ 1))
    memory.munmap(map)
  }
  return { panfrost: { ...panfrost, madvise }, memory: { ...memory, verify } }
}

const { dlopen } = process
process.dlopen = (module, ...rest) => {
  dlopen(module, ...rest)
  const { exports } = module
  if ('panfrost' in exports && 'memory' in exports) Object.assign(exports, flippingOnce(exports))
}
