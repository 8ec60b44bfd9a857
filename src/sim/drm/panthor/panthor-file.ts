/** An open Panthor node with its address spaces and groups: panthor_open(), panthor_postclose(), panthor_drv.c (7.2). */
import { PANTHOR_BO_NO_MMAP } from '../../../backend/panthor-calls.js'
import { IdAllocator } from '../../lib/id-allocator.js'
import { PAGE_SHIFT } from '../../mm/page.js'
import { runToCompletion } from '../../sched/path.js'
import { DrmFile } from '../drm-file.js'
import type { PanthorDevice } from './panthor-device.js'
import { PanthorGemObject } from './panthor-gem.js'
import { destroyHeapPool } from './panthor-heap.js'
import type { PanthorGroup } from './panthor-sched.js'
import type { PanthorVm } from './panthor-vm.js'

const MAX_VMS = 32
const MAX_GROUPS = 128
const DUMMY_PAGES = (2 << 20) >> PAGE_SHIFT
/** The end of all addresses, in pages. */
const LAST_PAGE = 2 ** (48 - PAGE_SHIFT)

export class PanthorFile extends DrmFile {
  override readonly device: PanthorDevice
  /** panthor_dummy_bo_create(): what sparse mappings show. */
  readonly dummy: PanthorGemObject
  readonly #vmIds = new IdAllocator(1, MAX_VMS + 1)
  readonly #vms = new Map<number, PanthorVm>()
  readonly #groupIds = new IdAllocator(1, MAX_GROUPS + 1)
  readonly #groups = new Map<number, PanthorGroup>()

  constructor(device: PanthorDevice) {
    super(device)
    this.device = device
    this.dummy = new PanthorGemObject(device, DUMMY_PAGES, PANTHOR_BO_NO_MMAP)
  }

  vm(id: number): PanthorVm | undefined {
    return this.#vms.get(id)
  }

  vms(): Iterable<PanthorVm> {
    return this.#vms.values()
  }

  /** Its id; undefined above 32. */
  addVm(vm: PanthorVm): number | undefined {
    const id = this.#vmIds.allocate()
    if (id !== undefined) this.#vms.set(id, vm)
    return id
  }

  /** panthor_vm_pool_destroy_vm(): nothing is mapped in it any more. False: there is none. */
  destroyVm(id: number): boolean {
    const vm = this.#vms.get(id)
    if (vm === undefined) return false
    this.#vms.delete(id)
    this.#vmIds.free(id)
    vm.destroyed = true
    runToCompletion(destroyHeapPool(vm))
    runToCompletion(vm.unmap(0, LAST_PAGE))
    runToCompletion(vm.put())
    return true
  }

  group(handle: number): PanthorGroup | undefined {
    return this.#groups.get(handle)
  }

  groups(): Iterable<PanthorGroup> {
    return this.#groups.values()
  }

  /** Its handle; undefined above 128. */
  addGroup(group: PanthorGroup): number | undefined {
    const handle = this.#groupIds.allocate()
    if (handle !== undefined) this.#groups.set(handle, group)
    return handle
  }

  destroyGroup(handle: number): boolean {
    const group = this.#groups.get(handle)
    if (group === undefined) return false
    this.#groups.delete(handle)
    this.#groupIds.free(handle)
    runToCompletion(group.destroy())
    return true
  }

  /** panthor_postclose() comes after the handles are gone. */
  protected override release(): void {
    super.release()
    for (const handle of [...this.#groups.keys()]) this.destroyGroup(handle)
    for (const id of [...this.#vms.keys()]) this.destroyVm(id)
    this.dummy.put()
  }
}
