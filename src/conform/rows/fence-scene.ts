/** A dumb buffer of vgem with its dma-buf, and what rows do to its fences. */
import type { Trial } from '../trial.js'
import { dumb } from './vgem.js'

const RDWR = 0o2000002
export const WRITE_FENCE = 1
export const [READ, WRITE] = [1, 2]
export const [POLLIN, POLLOUT] = [1, 4]

export function scene(t: Trial) {
  const { handle } = dumb(t)
  return { handle, dmaBuf: t.keepFd(t.backend.drm.primeHandleToFd(t.vgem, handle, RDWR)) }
}
export const attach = (t: Trial, handle: number, flags = 0) =>
  t.must(t.backend.vgem.fenceAttach(t.vgem, handle, flags)).fence
export const signal = (t: Trial, fence: number) => t.answer(t.backend.vgem.fenceSignal(t.vgem, fence))
export const poll = (t: Trial, fd: number) => t.backend.dmaBuf.poll(fd, POLLIN | POLLOUT, 0)
export const syncFile = (t: Trial, dmaBuf: number, flags: number) =>
  t.keepFd(t.backend.dmaBuf.exportSyncFile(dmaBuf, flags))
export const status = (t: Trial, fd: number) => t.must(t.backend.syncFile.info(fd)).status
