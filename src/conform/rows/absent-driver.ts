/**
 * Rows: requests of a driver that is not behind the node. drivers/gpu/drm/drm_ioctl.c, drm_ioctl() (6.12): a number that
 * the driver has no request under is EINVAL. Numbers that two drivers share are left out: they run the other's request.
 */
import type { Backend } from '../../backend/backend.js'
import { group, type Need, type RowOf } from '../row.js'

type Request = (backend: Backend, fd: number) => number | object

const ON_PANFROST: Readonly<Record<string, Request>> = {
  'i915.gemCreate': ({ i915 }, fd) => i915.gemCreate(fd, 4096n),
  'i915.gemCreateExt': ({ i915 }, fd) => i915.gemCreateExt(fd, 4096n, 0, []),
  'i915.gemMmapOffset': ({ i915 }, fd) => i915.gemMmapOffset(fd, 1, 0n),
  'i915.gemMadvise': ({ i915 }, fd) => i915.gemMadvise(fd, 1, 0),
  'i915.gemGetAperture': ({ i915 }, fd) => i915.gemGetAperture(fd),
}

const ON_VGEM: Readonly<Record<string, Request>> = {
  ...ON_PANFROST,
  'panfrost.madvise': ({ panfrost }, fd) => panfrost.madvise(fd, 1, 0),
  'panfrost.getParam': ({ panfrost }, fd) => panfrost.getParam(fd, 0),
  'panfrost.mmapBo': ({ panfrost }, fd) => panfrost.mmapBo(fd, 1, 0),
  'panfrost.getBoOffset': ({ panfrost }, fd) => panfrost.getBoOffset(fd, 1),
  'msm.gemMadvise': ({ msm }, fd) => msm.gemMadvise(fd, 1, 0),
  'vc4.gemMadvise': ({ vc4 }, fd) => vc4.gemMadvise(fd, 1, 0),
  'panthor.devQuery': ({ panthor }, fd) => panthor.devQuery(fd, 'gpuInfo'),
}

const rows = (device: 'panfrost' | 'vgem', requests: Readonly<Record<string, Request>>): RowOf[] =>
  Object.entries(requests).map(([call, request]) => ({
    id: `${device}.${call}`,
    name: `${call} on a node of ${device} is EINVAL`,
    needs: [device] as Need[],
    run: (t) => t.answer(request(t.backend, device === 'vgem' ? t.vgem : t.fd)),
    expected: '-EINVAL',
  }))

export const ABSENT_DRIVER_ROWS = group(
  'absent-driver',
  { source: 'drivers/gpu/drm/drm_ioctl.c (6.12)', needs: [] },
  [...rows('panfrost', ON_PANFROST), ...rows('vgem', ON_VGEM)],
)
