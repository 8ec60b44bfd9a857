/**
 * Rows: each request on a file that is no device of its kind, and on a descriptor that is not open. fs/ioctl.c (6.12):
 * a file whose driver does not know the request is ENOTTY, and EBADF comes before all else.
 */
import type { Backend } from '../../backend/backend.js'
import { group } from '../row.js'
import { isRefusal } from './answers.js'

/** A descriptor that no process has open. */
const NO_FD = 999_999
const NO_POINTS = new BigUint64Array(1)
const ONE = Uint32Array.of(1)
const JOB = { jc: 4096n, requirements: 0, inSyncs: ONE, outSync: 0, boHandles: ONE, jmCtxHandle: 0 }
const HEAP = { vmId: 1, initialChunkCount: 1, chunkSizeBytes: 1 << 18, maxChunks: 1, targetInFlight: 1 }
const GROUP = {
  vmId: 1,
  priority: 1,
  queues: [{ priority: 1, ringbufSizeBytes: 4096 }],
  maxComputeCores: 1,
  maxFragmentCores: 1,
  maxTilerCores: 1,
  computeCoreMask: 1n,
  fragmentCoreMask: 1n,
  tilerCoreMask: 1n,
}

type Request = (backend: Backend, fd: number) => unknown

/** By name: the group, then the call. */
const REQUESTS: Readonly<Record<string, Request>> = {
  'drm.version': ({ drm }, fd) => drm.version(fd),
  'drm.gemClose': ({ drm }, fd) => drm.gemClose(fd, 1),
  'drm.getCap': ({ drm }, fd) => drm.getCap(fd, 5),
  'drm.setClientCap': ({ drm }, fd) => drm.setClientCap(fd, 2, 1n),
  'drm.primeHandleToFd': ({ drm }, fd) => drm.primeHandleToFd(fd, 1, 0),
  'drm.primeFdToHandle': ({ drm }, fd) => drm.primeFdToHandle(fd, 0),
  'drm.createDumb': ({ drm }, fd) => drm.createDumb(fd, 8, 8, 32),
  'drm.mapDumb': ({ drm }, fd) => drm.mapDumb(fd, 1),
  'drm.destroyDumb': ({ drm }, fd) => drm.destroyDumb(fd, 1),
  'syncobj.create': ({ syncobj }, fd) => syncobj.create(fd, 0),
  'syncobj.destroy': ({ syncobj }, fd) => syncobj.destroy(fd, 1),
  'syncobj.wait': ({ syncobj }, fd) => syncobj.wait(fd, ONE, 0n, 0),
  'syncobj.timelineWait': ({ syncobj }, fd) => syncobj.timelineWait(fd, ONE, NO_POINTS, 0n, 0),
  'syncobj.reset': ({ syncobj }, fd) => syncobj.reset(fd, ONE),
  'syncobj.signal': ({ syncobj }, fd) => syncobj.signal(fd, ONE),
  'syncobj.timelineSignal': ({ syncobj }, fd) => syncobj.timelineSignal(fd, ONE, NO_POINTS),
  'syncobj.query': ({ syncobj }, fd) => syncobj.query(fd, ONE, 0),
  'syncobj.handleToFd': ({ syncobj }, fd) => syncobj.handleToFd(fd, 1),
  'syncobj.fdToHandle': ({ syncobj }, fd) => syncobj.fdToHandle(fd, 0),
  'syncobj.exportSyncFile': ({ syncobj }, fd) => syncobj.exportSyncFile(fd, 1),
  'syncobj.importSyncFile': ({ syncobj }, fd) => syncobj.importSyncFile(fd, 1, 0),
  'syncFile.info': ({ syncFile }, fd) => syncFile.info(fd),
  'syncFile.merge': ({ syncFile }, fd) => syncFile.merge(fd, fd, 'x'),
  'panfrost.getParam': ({ panfrost }, fd) => panfrost.getParam(fd, 0),
  'panfrost.createBo': ({ panfrost }, fd) => panfrost.createBo(fd, 4096, 1),
  'panfrost.mmapBo': ({ panfrost }, fd) => panfrost.mmapBo(fd, 1, 0),
  'panfrost.madvise': ({ panfrost }, fd) => panfrost.madvise(fd, 1, 0),
  'panfrost.submit': ({ panfrost }, fd) => panfrost.submit(fd, JOB),
  'panfrost.waitBo': ({ panfrost }, fd) => panfrost.waitBo(fd, 1, 0n),
  'panfrost.getBoOffset': ({ panfrost }, fd) => panfrost.getBoOffset(fd, 1),
  'panfrost.setLabelBo': ({ panfrost }, fd) => panfrost.setLabelBo(fd, 1, 'x'),
  'panfrost.jmCtxCreate': ({ panfrost }, fd) => panfrost.jmCtxCreate(fd, 1),
  'panfrost.jmCtxDestroy': ({ panfrost }, fd) => panfrost.jmCtxDestroy(fd, 1),
  'panfrost.syncBo': ({ panfrost }, fd) =>
    panfrost.syncBo(fd, [{ handle: 1, type: 0, offset: 0, sizeBytes: 1 }]),
  'panfrost.queryBoInfo': ({ panfrost }, fd) => panfrost.queryBoInfo(fd, 1),
  'panthor.devQuery': ({ panthor }, fd) => panthor.devQuery(fd, 'gpuInfo'),
  'panthor.vmCreate': ({ panthor }, fd) => panthor.vmCreate(fd, 0n),
  'panthor.vmDestroy': ({ panthor }, fd) => panthor.vmDestroy(fd, 1),
  'panthor.vmGetState': ({ panthor }, fd) => panthor.vmGetState(fd, 1),
  'panthor.vmBind': ({ panthor }, fd) => panthor.vmBind(fd, 1, 0, []).result,
  'panthor.boCreate': ({ panthor }, fd) => panthor.boCreate(fd, 4096n, 0, 0),
  'panthor.boMmapOffset': ({ panthor }, fd) => panthor.boMmapOffset(fd, 1),
  'panthor.boSetLabel': ({ panthor }, fd) => panthor.boSetLabel(fd, 1, 'x'),
  'panthor.boSync': ({ panthor }, fd) =>
    panthor.boSync(fd, [{ handle: 1, type: 0, offset: 0n, sizeBytes: 1n }]),
  'panthor.boQueryInfo': ({ panthor }, fd) => panthor.boQueryInfo(fd, 1),
  'panthor.groupCreate': ({ panthor }, fd) => panthor.groupCreate(fd, GROUP),
  'panthor.groupDestroy': ({ panthor }, fd) => panthor.groupDestroy(fd, 1),
  'panthor.groupGetState': ({ panthor }, fd) => panthor.groupGetState(fd, 1),
  'panthor.groupSubmit': ({ panthor }, fd) => panthor.groupSubmit(fd, 1, []),
  'panthor.tilerHeapCreate': ({ panthor }, fd) => panthor.tilerHeapCreate(fd, HEAP),
  'panthor.tilerHeapDestroy': ({ panthor }, fd) => panthor.tilerHeapDestroy(fd, 1),
  'i915.gemCreate': ({ i915 }, fd) => i915.gemCreate(fd, 4096n),
  'i915.gemCreateExt': ({ i915 }, fd) => i915.gemCreateExt(fd, 4096n, 0, []),
  'i915.gemMmapOffset': ({ i915 }, fd) => i915.gemMmapOffset(fd, 1, 0n),
  'i915.gemMadvise': ({ i915 }, fd) => i915.gemMadvise(fd, 1, 0),
  'i915.gemGetAperture': ({ i915 }, fd) => i915.gemGetAperture(fd),
  'i915.getParam': ({ i915 }, fd) => i915.getParam(fd, 4),
  'msm.gemNew': ({ msm }, fd) => msm.gemNew(fd, 4096n, 0x10000),
  'msm.gemInfo': ({ msm }, fd) => msm.gemInfo(fd, 1, 0),
  'msm.gemMadvise': ({ msm }, fd) => msm.gemMadvise(fd, 1, 0),
  'msm.getParam': ({ msm }, fd) => msm.getParam(fd, 0x10, 1),
  'vc4.createBo': ({ vc4 }, fd) => vc4.createBo(fd, 4096),
  'vc4.mmapBo': ({ vc4 }, fd) => vc4.mmapBo(fd, 1),
  'vc4.gemMadvise': ({ vc4 }, fd) => vc4.gemMadvise(fd, 1, 0),
  'vc4.getParam': ({ vc4 }, fd) => vc4.getParam(fd, 0),
  'vgem.fenceAttach': ({ vgem }, fd) => vgem.fenceAttach(fd, 1, 0),
  'vgem.fenceSignal': ({ vgem }, fd) => vgem.fenceSignal(fd, 1),
  'dmaHeap.allocate': ({ dmaHeap }, fd) => dmaHeap.allocate(fd, 4096),
  'dmaHeap.sync': ({ dmaHeap }, fd) => dmaHeap.sync(fd, 1),
  'dmaBuf.setName': ({ dmaBuf }, fd) => dmaBuf.setName(fd, 'x'),
  'dmaBuf.exportSyncFile': ({ dmaBuf }, fd) => dmaBuf.exportSyncFile(fd, 1),
  'dmaBuf.importSyncFile': ({ dmaBuf }, fd) => dmaBuf.importSyncFile(fd, 1, 0),
  'udmabuf.create': ({ udmabuf }, fd) => udmabuf.create(fd, { memfd: 0, offset: 0n, sizeBytes: 4096n }),
  'udmabuf.createList': ({ udmabuf }, fd) =>
    udmabuf.createList(fd, [{ memfd: 0, offset: 0n, sizeBytes: 4096n }]),
  'blocking.panfrostWaitBo': ({ blocking }, fd) => blocking.panfrostWaitBo(fd, 1, 0n).result,
  'blocking.syncobjWait': ({ blocking }, fd) => blocking.syncobjWait(fd, ONE, 0n, 0).result,
  'blocking.syncobjTimelineWait': ({ blocking }, fd) =>
    blocking.syncobjTimelineWait(fd, ONE, NO_POINTS, 0n, 0).result,
  'blocking.heapAllocate': ({ blocking }, fd) => blocking.heapAllocate(fd, 4096).result,
  'blocking.createBuffer': ({ blocking }, fd) => blocking.createBuffer('panfrost', fd, 4096, 1).result,
}

export const WRONG_FILE_ROWS = group(
  'wrong-file',
  { source: 'fs/ioctl.c (6.12)', needs: ['null'] },
  Object.entries(REQUESTS).map(([call, request]) => ({
    id: call,
    name: `${call} is ENOTTY on a file that does not know it, EBADF on a descriptor that is not open`,
    run: async (t) => {
      const answers = [await request(t.backend, t.open('/dev/null')), await request(t.backend, NO_FD)]
      return answers.map((answer) => (isRefusal(answer) ? t.answer(answer) : 'granted'))
    },
    expected: ['-ENOTTY', '-EBADF'],
  })),
)
