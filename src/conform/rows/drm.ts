/** Rows: open, close, version, GEM handles. drivers/gpu/drm/drm_file.c, drm_gem.c (6.12). */
import { group } from '../row.js'

/** A descriptor that no process has open. */
const NO_FD = 999_999

export const DRM_ROWS = group(
  'drm',
  { source: 'drivers/gpu/drm/drm_file.c, drm_gem.c, drm_ioctl.c (6.12)', needs: ['panfrost'] },
  [
    {
      id: 'open-missing',
      name: 'open of a node that does not exist is ENOENT',
      run: (t) => t.answer(t.backend.drm.open('/dev/dri/renderD255')),
      expected: '-ENOENT',
    },
    {
      id: 'open-below-a-file',
      name: 'open below a file is ENOTDIR',
      run: (t) => t.answer(t.backend.drm.open(`${t.node}/x`)),
      expected: '-ENOTDIR',
    },
    {
      id: 'listed',
      name: 'the node is listed, with the name of its chip',
      run: (t) =>
        t
          .must(t.backend.drm.listNodes())
          .some(
            ({ renderNode, bus, compatible }) =>
              renderNode === t.node &&
              bus === 'platform' &&
              compatible.some((name) => name.startsWith('arm,mali-')),
          ),
      expected: true,
    },
    {
      id: 'version',
      name: 'the version names the driver',
      run: (t) => {
        const { name, major } = t.must(t.backend.drm.version(t.fd))
        return [name, major]
      },
      expected: ['panfrost', 1],
    },
    {
      id: 'wrong-file',
      name: 'every request on a file that is no DRM node is ENOTTY',
      run: (t) => {
        const { drm, panfrost } = t.backend
        const fd = t.open('/dev/null')
        return [
          drm.version(fd),
          drm.gemClose(fd, 1),
          panfrost.getParam(fd, 0),
          panfrost.createBo(fd, 4096, 1),
          panfrost.mmapBo(fd, 1, 0),
          panfrost.madvise(fd, 1, 0),
        ].map((outcome) => t.answer(outcome))
      },
      expected: Array(6).fill('-ENOTTY'),
    },
    {
      id: 'closed-fd',
      name: 'every request on a descriptor that is not open is EBADF',
      run: (t) => {
        const { drm, panfrost, memory } = t.backend
        return [
          drm.close(NO_FD),
          drm.version(NO_FD),
          drm.gemClose(NO_FD, 1),
          panfrost.getParam(NO_FD, 0),
          panfrost.createBo(NO_FD, 4096, 1),
          panfrost.mmapBo(NO_FD, 1, 0),
          panfrost.madvise(NO_FD, 1, 0),
          memory.mmap(NO_FD, 0n, 4096),
        ].map((outcome) => t.answer(outcome))
      },
      expected: Array(8).fill('-EBADF'),
    },
    {
      id: 'close-twice',
      name: 'a second close of a descriptor is EBADF',
      run: (t) => {
        const fd = t.backend.drm.open(t.node)
        return [t.backend.drm.close(fd), t.answer(t.backend.drm.close(fd))]
      },
      expected: [0, '-EBADF'],
    },
    {
      id: 'handles-are-reused',
      name: 'GEM handles count from 1, and the lowest that is free is used again',
      run: (t) => {
        const handles = [t.bo(), t.bo(), t.bo()]
        t.backend.drm.gemClose(t.fd, 2)
        return [...handles, t.bo(), t.bo()]
      },
      expected: [1, 2, 3, 2, 4],
    },
    {
      id: 'gem-close-unknown',
      name: 'GEM_CLOSE of a handle that is not there is EINVAL',
      run: (t) => {
        const handle = t.bo()
        const closes = [handle, handle, 0, 77, 0xffff_ffff].map((each) => t.backend.drm.gemClose(t.fd, each))
        return closes.map((outcome) => t.answer(outcome))
      },
      expected: [0, '-EINVAL', '-EINVAL', '-EINVAL', '-EINVAL'],
    },
    {
      id: 'handles-are-per-file',
      name: 'handles belong to their open file',
      run: (t) => {
        const handle = t.bo()
        const other = t.open()
        return [
          t.answer(t.backend.panfrost.madvise(other, handle, 0)),
          t.bo(4096, 1, other),
          t.madvise(handle, 0),
        ]
      },
      expected: ['-ENOENT', 1, 1],
    },
    {
      id: 'close-closes-handles',
      name: 'the close of a file closes its handles',
      run: (t) => {
        const fd = t.backend.drm.open(t.node)
        t.bo(4096, 1, fd)
        t.backend.drm.close(fd)
        return t.answer(t.backend.panfrost.madvise(t.open(), 1, 0))
      },
      expected: '-ENOENT',
    },
    {
      id: 'wrong-arguments',
      name: 'arguments of a wrong type or size are a TypeError that no kernel sees',
      run: (t) => {
        const { drm, panfrost } = t.backend
        const wrong = (value: unknown): never => value as never
        const calls = [
          () => drm.open(wrong(1)),
          () => drm.open('a\0b'),
          () => drm.close(wrong('1')),
          () => drm.close(-1),
          () => drm.gemClose(t.fd, 1.5),
          () => drm.gemClose(t.fd, 2 ** 32),
          () => panfrost.createBo(t.fd, NaN, 1),
          () => panfrost.createBo(t.fd, -1, 1),
          () => panfrost.createBo(t.fd, 2 ** 32, 1),
          () => panfrost.createBo(t.fd, wrong('4096'), 1),
          () => panfrost.createBo(t.fd, wrong(4096n), 1),
          () => panfrost.madvise(t.fd, wrong(undefined), 0),
        ]
        return calls.map((call) => t.thrown(call))
      },
      expected: Array(12).fill('TypeError'),
    },
  ],
)
