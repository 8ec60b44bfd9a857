/** Rows: capabilities, and dumb buffers where there are no displays. drm_ioctl.c, drm_dumb_buffers.c (6.12). */
import { group } from '../row.js'
import type { Trial } from '../trial.js'

const CAP = { DUMB: 1, PRIME: 5, MONOTONIC: 6, CURSOR_WIDTH: 8, SYNCOBJ: 0x13, TIMELINE: 0x14 }

const cap = (t: Trial, fd: number, capability: number) => {
  const outcome = t.backend.drm.getCap(fd, capability)
  return typeof outcome === 'number' ? t.answer(outcome) : Number(outcome.value)
}
/** The node that has what needs no render node; the row is right of a driver without one, too. */
const primary = (t: Trial) => t.open(t.device('panfrost').primaryNode ?? t.node)

export const CAPABILITY_ROWS = group(
  'capability',
  { source: 'drivers/gpu/drm/drm_ioctl.c, drm_getcap() (6.12)', needs: ['panfrost', 'capabilities'] },
  [
    {
      id: 'prime',
      name: 'Panfrost imports and exports',
      run: (t) => cap(t, t.fd, CAP.PRIME),
      expected: 3,
    },
    {
      id: 'syncobj',
      name: 'Panfrost has syncobjs, and no timelines',
      run: (t) => [cap(t, t.fd, CAP.SYNCOBJ), cap(t, t.fd, CAP.TIMELINE)],
      expected: [1, 0],
    },
    {
      id: 'monotonic',
      name: 'time stamps are monotonic',
      run: (t) => cap(t, t.fd, CAP.MONOTONIC),
      expected: 1,
    },
    {
      id: 'displays',
      name: 'capabilities of displays are EOPNOTSUPP on a device without them',
      run: (t) => [CAP.DUMB, CAP.CURSOR_WIDTH].map((each) => cap(t, t.fd, each)),
      expected: ['-EOPNOTSUPP', '-EOPNOTSUPP'],
    },
    {
      id: 'unknown',
      name: 'an unknown capability is refused',
      run: (t) => [0, 0x1000, 0xffff_ffff].map((each) => cap(t, t.fd, each)),
      expected: ['-EOPNOTSUPP', '-EOPNOTSUPP', '-EOPNOTSUPP'],
    },
    {
      id: 'client-render-node',
      name: 'SET_CLIENT_CAP is EACCES on a render node',
      run: (t) => t.answer(t.backend.drm.setClientCap(t.fd, 2, 1n)),
      expected: '-EACCES',
    },
    {
      id: 'client-no-displays',
      name: 'SET_CLIENT_CAP is EOPNOTSUPP on a device without displays',
      run: (t) => t.answer(t.backend.drm.setClientCap(primary(t), 2, 1n)),
      expected: '-EOPNOTSUPP',
    },
    {
      id: 'dumb-render-node',
      name: 'dumb buffers are EACCES on a render node',
      run: (t) => {
        const { drm } = t.backend
        return [drm.createDumb(t.fd, 8, 8, 32), drm.mapDumb(t.fd, 1), drm.destroyDumb(t.fd, 1)].map((each) =>
          t.answer(each),
        )
      },
      expected: ['-EACCES', '-EACCES', '-EACCES'],
    },
    {
      id: 'dumb-panfrost',
      name: 'Panfrost has no dumb buffers',
      run: (t) => t.answer(t.backend.drm.createDumb(primary(t), 8, 8, 32)),
      expected: '-ENOSYS',
    },
  ],
)
