/** Makes all parts of a board, those that are in the cache already excepted. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findVirtualBoard } from './boards/index.js'
import type { VirtualBoard } from './boards/virtual-board.js'
import { PACKAGE_ROOT, checkCache, defaultCacheDirectory } from './cache/cache-directory.js'
import { lockCache } from './cache/cache-lock.js'
import { isMade, makePart, partDirectory, sizeOf, type Part } from './cache/part.js'
import { wantedDownloads } from './cache/wanted-downloads.js'
import { chooseGpu } from './gpu-model/choose-gpu.js'
import type { GpuWish } from './gpu-model/gpu-kind.js'
import { MODEL_FILE, modelPlugin } from './gpu-model/model-plugin.js'
import { missingPrograms, requirePrograms, type HostProgram } from './host/programs.js'
import { machineSize } from './machine/machine-size.js'
import { newerRelease } from './update-kernel.js'
import { baseInitramfs } from './parts/base-initramfs.js'
import { debianLibraries } from './parts/debian-libraries.js'
import { deviceTreeBlob } from './parts/device-tree-blob.js'
import { cachedRelease } from './parts/cached-release.js'
import { DMA_HEAP_MODULE, NO_HEADERS, dmaHeapModule } from './parts/dma-heap-module.js'
import { ADDON_FILE, guestAddon } from './parts/guest-addon.js'
import { guestKernel, type GuestKernel } from './parts/guest-kernel.js'
import { guestSystem } from './parts/guest-system.js'
import type { PreparedBoard } from './prepared-board.js'
import type { SharedFolder } from './shared-folder.js'

export interface PrepareEvent {
  /** present: it was in the cache. working: zero or more times. made: now it is there. waiting: another gemrig is at it. */
  readonly state: 'present' | 'working' | 'made' | 'waiting'
  /** The part's title: `Linux 6.12 ... from Debian`; the lock's when waiting. */
  readonly part: string
  /** What is being done: `linux-image-6.12.95+deb12-arm64, 92.3 MB`. */
  readonly detail?: string
  /** From 0 to 1, while a download or a compilation runs. */
  readonly fraction?: number
  /** Bytes on disk of a part that is there. */
  readonly sizeBytes?: number
}

export interface PrepareOptions {
  readonly board: string
  onProgress(event: PrepareEvent): void
  readonly signal?: AbortSignal
  readonly cacheDirectory?: string
  readonly memoryMiB?: number
  readonly cpus?: number
  /** A version series that Debian has, `6.12`, or the path of a kernel file. The board's own unless told. */
  readonly kernel?: string
  /** Modules of a kernel file; without, everything that the guest needs is built in. */
  readonly modulesDirectory?: string
  /** The package whose code runs in the guest: gemrig's own, but for tests of gemrig. */
  readonly packageRoot?: string
  /** What stands for the GPU: `registers` unless told. */
  readonly gpu?: GpuWish
  /** Looks for a newer build of Debian's kernel, and fetches it. */
  readonly update?: boolean
  /** Folders that the guest can read: the board has a device for each. */
  readonly shares?: readonly SharedFolder[]
}

interface Plan {
  /** What the board goes without, and why. */
  readonly notes: readonly { readonly part: string; readonly detail: string }[]
  /** The GPU model, where there is one. */
  readonly model: Part | undefined
  readonly parts: readonly Part[]
  readonly kernel: GuestKernel
  readonly heaps: Part | undefined
  readonly prepared: PreparedBoard
}

/**
 * All parts of `board`. Two at once wait for each other. VmError: `unknown-board`; `wrong-use` for a size;
 * `missing-host-part` with every program that is missing; `prepare`; `interrupted`.
 */
export async function prepareVm(options: PrepareOptions): Promise<PreparedBoard> {
  const plan = await planVm(options)
  const without = (reason: string) => {
    tellNoModel(reason, options)
    return prepareVm({ ...options, gpu: 'registers' })
  }
  const { model, prepared } = plan
  checkCache(prepared.cacheDirectory)
  if (options.gpu !== 'auto' || model === undefined) return prepareParts(plan, options)
  const [lacking] = isMade(prepared.cacheDirectory, model) ? [] : missingPrograms(model.programs)
  if (lacking !== undefined)
    return without(`this machine lacks ${lacking.name} (Debian package ${lacking.debianPackage})`)
  try {
    return await prepareParts(plan, options)
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    // It is made last: when nothing else is missing, it is what failed. Planned anew, as the kernel may be there since.
    const { parts } = await planVm(options)
    const missing = parts.filter((part) => !isMade(prepared.cacheDirectory, part))
    if (missing.length !== 1 || missing[0]?.name !== model.name) throw error
    return without((error as Error).message)
  }
}

function tellNoModel(reason: string, options: PrepareOptions): void {
  options.onProgress({ state: 'working', part: 'no GPU model', detail: reason })
}

async function prepareParts(planned: Plan, options: PrepareOptions): Promise<PreparedBoard> {
  let plan = planned
  const { cacheDirectory, board } = plan.prepared
  const forUpdate = options.update === true ? (plan.kernel.part?.programs ?? []) : []
  requirePrograms([...neededPrograms(board, plan.parts, cacheDirectory), ...forUpdate])
  if (options.update === true || !plan.parts.every((part) => isMade(cacheDirectory, part))) {
    const waiting = () => options.onProgress({ state: 'waiting', part: 'another gemrig is preparing parts' })
    const lock = await lockCache(cacheDirectory, waiting, options.signal)
    try {
      if (options.update === true) {
        await updateKernel(plan, options)
        plan = await planVm(options)
      }
      const downloads = wantedDownloads(cacheDirectory, plan.parts)
      if (downloads !== undefined)
        options.onProgress({ state: 'working', part: downloads.sum, detail: downloads.each })
      // What is built for a kernel is named by its exact release, and what is loaded is known when it is built.
      for (const partOf of [({ kernel }: Plan) => kernel.part, ({ heaps }: Plan) => heaps]) {
        const part = partOf(plan)
        if (part === undefined || isMade(cacheDirectory, part)) continue
        await ensurePart(part, cacheDirectory, options)
        plan = await planVm(options)
      }
      for (const part of plan.parts) await ensurePart(part, cacheDirectory, options)
    } finally {
      await lock.release()
    }
  } else for (const part of plan.parts) await ensurePart(part, cacheDirectory, options)
  for (const note of plan.notes) options.onProgress({ state: 'working', ...note })
  return plan.prepared
}

/** Under the cache's lock. */
async function updateKernel({ kernel, heaps, prepared }: Plan, options: PrepareOptions): Promise<void> {
  const { cacheDirectory, board } = prepared
  const report = (detail: string) =>
    options.onProgress({ state: 'working', part: kernel.part?.title ?? '', detail })
  const newer = await newerRelease(kernel, board.architecture, cacheDirectory, options.signal, report)
  if (newer !== undefined && kernel.part !== undefined) await makeIt(kernel.part, cacheDirectory, options)
  else if (heaps !== undefined && lacksHeaders(cacheDirectory, heaps))
    await rm(partDirectory(cacheDirectory, heaps), { recursive: true })
}

function lacksHeaders(cacheDirectory: string, heaps: Part): boolean {
  return existsSync(join(partDirectory(cacheDirectory, heaps), NO_HEADERS))
}

/** What there would be, without making anything. */
export async function planVm(options: Omit<PrepareOptions, 'onProgress'>): Promise<Plan> {
  const board = findVirtualBoard(options.board)
  const size = machineSize(board, options.memoryMiB, options.cpus)
  const packageRoot = options.packageRoot ?? PACKAGE_ROOT
  const cacheDirectory = options.cacheDirectory ?? defaultCacheDirectory(packageRoot)
  const place = (part: Part) => partDirectory(cacheDirectory, part)

  const kernel = guestKernel(board, cacheDirectory, options.kernel, options.modulesDirectory)
  const libraries = debianLibraries(board.architecture)
  const system = guestSystem(board.architecture)
  const heaps =
    kernel.series !== undefined &&
    kernel.modules !== undefined &&
    board.dmaHeapKernels.includes(kernel.series)
      ? await dmaHeapModule(packageRoot, board.architecture, kernel.series, kernel.modules)
      : undefined
  const heapModule =
    heaps === undefined || lacksHeaders(cacheDirectory, heaps)
      ? undefined
      : join(place(heaps), DMA_HEAP_MODULE)
  const release =
    kernel.series === undefined || kernel.modules === undefined ? undefined : cachedRelease(kernel.modules)
  // Another build of the series has other modules.
  const built = { ...kernel, key: `${kernel.key} ${release ?? ''}` }
  const initramfs = baseInitramfs(board, built, place(libraries), heapModule)
  const gpu = await chooseGpu(options.gpu ?? 'registers', board)
  const model =
    gpu.kind === 'model' ? await modelPlugin(packageRoot, board.architecture, gpu.qemuVersion) : undefined
  const deviceTree = await deviceTreeBlob(board, size, gpu.kind, options.shares?.length ?? 0)
  const addon = await guestAddon(packageRoot, board.architecture, place(libraries))
  return {
    parts: [kernel.part, libraries, heaps, system, initramfs, deviceTree, addon, model].filter(
      (part) => part !== undefined,
    ),
    notes: [
      ...(gpu.note === undefined ? [] : [{ part: 'no GPU model', detail: gpu.note }]),
      ...(heaps !== undefined && heapModule === undefined
        ? [{ part: 'no dma-buf heaps', detail: noHeadersNote(board, kernel, release) }]
        : []),
    ],
    kernel,
    heaps,
    model,
    prepared: {
      board,
      size,
      cacheDirectory,
      packageRoot,
      kernelTitle: kernel.title,
      kernel: kernel.image,
      baseInitramfs: join(place(initramfs), 'base.cpio'),
      deviceTree: join(place(deviceTree), 'board.dtb'),
      gpuModel: model === undefined ? undefined : join(place(model), MODEL_FILE),
      systemImage: join(place(system), 'system.img'),
      addon: join(place(addon), ADDON_FILE),
    },
  }
}

function noHeadersNote(board: VirtualBoard, { series }: GuestKernel, release: string | undefined): string {
  const command = `gemrig vm prepare --update --board ${board.name} --kernel ${series}`
  return `Debian no longer has the headers of ${release}, for which they would be built; ${command} fetches a newer kernel`
}

/** To run, and to make what is not there yet. */
function neededPrograms(board: VirtualBoard, parts: readonly Part[], cacheDirectory: string): HostProgram[] {
  const { qemuProgram, qemuPackage } = board.architecture
  const missing = parts.filter((part) => !isMade(cacheDirectory, part))
  return [
    { name: qemuProgram, debianPackage: qemuPackage },
    { name: 'flock', debianPackage: 'util-linux' },
    ...missing.flatMap((part) => part.programs),
  ]
}

async function ensurePart(part: Part, cacheDirectory: string, options: PrepareOptions): Promise<void> {
  if (!isMade(cacheDirectory, part)) {
    await makeIt(part, cacheDirectory, options)
    return
  }
  const sizeBytes = await sizeOf(cacheDirectory, part)
  options.onProgress({ state: 'present', part: part.title, sizeBytes })
}

async function makeIt(part: Part, cacheDirectory: string, options: PrepareOptions): Promise<void> {
  const { signal } = options
  const title = part.title
  options.onProgress({ state: 'working', part: title })
  await makePart(cacheDirectory, part, {
    signal,
    report: (detail, fraction) =>
      options.onProgress({
        state: 'working',
        part: title,
        detail,
        ...(fraction === undefined ? {} : { fraction }),
      }),
  })
  const sizeBytes = await sizeOf(cacheDirectory, part)
  options.onProgress({ state: 'made', part: title, sizeBytes })
}
