/** Finds out what a place has by asking its kernel, and says of what is missing why. */
import type { Backend } from '../backend/backend.js'
import { ERRNO, errnoName } from '../backend/errno.js'
import { PROGRAM_OP } from '../backend/program-calls.js'
import type { Board } from '../board/board.js'
import { KernelFileError } from '../observe/read.js'
import { IN_USE, mayDisrupt } from '../pressure/dedicated.js'
import { ShrinkerDebugfs } from '../pressure/shrinker-debugfs.js'
import type { Place, PlaceDevice } from './place.js'
import { pressOn, probePressure } from './press.js'
import { probePanfrost } from './probe-panfrost.js'
import { probeShrinker } from './probe-shrinker.js'
import type { Need } from './row.js'
import { kernelSeries } from './title.js'

const DROP_CACHES = '/proc/sys/vm/drop_caches'
/** Slab objects, which is what shrinkers have; page cache stays. */
const SLAB = '2'

/** `allowDisruptive`: what rows purge may be everybody's, although the machine is in use. */
export async function lookAround(board: Board, allowDisruptive = false): Promise<Place> {
  const { backend, files } = board
  const devices = findDevices(backend)
  const lacks = new Map<Need, string>()
  for (const driver of ['panfrost', 'panthor', 'i915', 'vgem'] as const)
    if (devices[driver] === undefined) lacks.set(driver, `there is no ${driver} device`)
  const purge = async () => {
    const answer = await files.write(DROP_CACHES, SLAB)
    if (answer < 0) throw new Error(`${DROP_CACHES}: ${errnoName(-answer)}`)
  }
  if (!(await mayDisrupt(board, allowDisruptive)))
    lacks.set('purge', `a purge would take from everybody on this machine, ${IN_USE}`)
  else {
    const answer = await files.write(DROP_CACHES, SLAB)
    if (answer < 0) lacks.set('purge', `${DROP_CACHES} cannot be written (${errnoName(-answer)})`)
  }
  const shrinker = await findShrinker(board, lacks)
  await probePressure(board, lacks)
  await probeSwap(board, lacks)
  probeFiles(backend, lacks)
  probeBytes(backend, lacks)
  await probeProgram(backend, lacks)
  if (devices['panfrost'] !== undefined) {
    probePanfrost(backend, devices['panfrost'].renderNode, lacks)
    await probeShrinker(backend, devices['panfrost'].renderNode, lacks, purge)
  } else
    for (const need of ['shmem-shrinker', 'shmem-eviction'] as const)
      lacks.set(need, 'there is no panfrost device')
  return {
    backend,
    kernel: kernelSeries(board),
    devices,
    lacks,
    purge,
    press: pressOn(board, allowDisruptive),
    ...(shrinker && { shrinker }),
  }
}

async function findShrinker(
  { files }: Board,
  lacks: Map<Need, string>,
): Promise<ShrinkerDebugfs | undefined> {
  let [found, why]: [ShrinkerDebugfs[], string] = [[], 'none of Panfrost']
  try {
    found = await ShrinkerDebugfs.find(files, 'drm-panfrost')
  } catch (error) {
    if (!(error instanceof KernelFileError)) throw error
    why = error.code
  }
  if (found[0] === undefined || lacks.has('purge'))
    lacks.set('shrinker-debugfs', lacks.get('purge') ?? `there is no shrinker in debugfs (${why})`)
  return found[0]
}

function findDevices(backend: Backend): Place['devices'] {
  const found: Partial<Record<string, PlaceDevice>> = {}
  const nodes = backend.drm.listNodes()
  for (const { renderNode, primaryNode, compatible } of typeof nodes === 'number' ? [] : nodes) {
    const path = renderNode ?? primaryNode
    const fd = path === undefined ? -1 : backend.drm.open(path)
    if (path === undefined || fd < 0) continue
    const version = backend.drm.version(fd)
    backend.drm.close(fd)
    if (typeof version === 'number') continue
    const { name, major, minor } = version
    found[name] ??= { renderNode: path, primaryNode, compatible, version: `${major}.${minor}` }
  }
  return found
}

/** /proc/swaps: a line for each device below the heading. */
async function probeSwap({ files }: Board, lacks: Map<Need, string>): Promise<void> {
  const text = await files.read('/proc/swaps')
  const hasSwap = typeof text === 'string' && text.trim().split('\n').length > 1
  if (hasSwap) lacks.set('no-swap', 'there is swap')
  else lacks.set('swap', 'there is no swap')
}

function probeFiles(backend: Backend, lacks: Map<Need, string>): void {
  const { dmaHeap, dmaBuf, udmabuf, drm } = backend
  const probe = (need: Need, fd: number, why: (name: string) => string, look?: (fd: number) => void) => {
    if (fd < 0) lacks.set(need, why(errnoName(-fd)))
    else {
      look?.(fd)
      drm.close(fd)
    }
  }
  probe(
    'null',
    drm.open('/dev/null'),
    (name) => `/dev/null cannot be opened (${name})`,
    (fd) => {
      if (backend.fdinfo.read(fd) === -ERRNO.ENOENT) lacks.set('fdinfo', 'there is no /proc/self/fdinfo')
    },
  )
  probe('memfd', udmabuf.createMemfd('gemrig', 4096), (name) => `memfd_create is refused (${name})`)
  probe('udmabuf', udmabuf.open(), (name) => `/dev/udmabuf cannot be opened (${name})`)
  const heap = dmaHeap.open('system')
  probe(
    'heap',
    heap,
    (name) => `there is no dma-buf heap 'system' (${name})`,
    () => {
      const fd = dmaHeap.allocate(heap, 4096)
      if (dmaBuf.setName(fd, 'gemrig') === -ERRNO.ENOTTY) lacks.set('dma-buf-name', 'dma-bufs take no name')
      const file = dmaBuf.exportSyncFile(fd, 1)
      if (file === -ERRNO.ENOTTY) lacks.set('dma-buf-sync-file', 'dma-bufs export no sync files')
      else if (file >= 0) drm.close(file)
      if (fd >= 0) drm.close(fd)
    },
  )
}

function probeBytes({ memory }: Backend, lacks: Map<Need, string>): void {
  const map = memory.mapAnonymous(4096)
  if (typeof map === 'number') return
  const bytes = memory.bytes(map)
  if (typeof bytes === 'number')
    lacks.set('bytes', `mappings are no arrays of JavaScript (${errnoName(-bytes)})`)
  memory.munmap(map)
}

/** Sleeps no time on one thread. */
async function probeProgram(backend: Backend, lacks: Map<Need, string>): Promise<void> {
  const fd = backend.drm.open('/dev/null')
  const code = Uint32Array.of(PROGRAM_OP.sleep, 0, 0, 0)
  const { result } = backend.program.run({ driver: 'dumb', fd, code, threads: 1, iterations: 1 })
  const report = await result
  if (typeof report === 'number') lacks.set('program', `programs are refused (${errnoName(-report)})`)
  if (fd >= 0) backend.drm.close(fd)
}
