/** That a buffer is mapped in an address space, and where: struct drm_gpuvm_bo and drm_gpuva, drm_gpuvm.c (7.2). */
import type { PanthorGemObject } from './panthor-gem.js'
import type { PanthorVm } from './panthor-vm.js'

/** struct panthor_vma. Addresses are pages. */
export interface PanthorVma {
  readonly start: number
  readonly end: number
  readonly vmBo: PanthorVmBo
  /** The first page of the buffer that it shows. */
  readonly offset: number
  readonly flags: number
  /** The page tables have it no more, until the next job. */
  evicted: boolean
}

/** Holds the buffer. */
export class PanthorVmBo {
  readonly vm: PanthorVm
  readonly bo: PanthorGemObject
  readonly vas = new Set<PanthorVma>()
  evicted = false
  /** Binds that are about to use it. */
  holders = 0

  constructor(vm: PanthorVm, bo: PanthorGemObject) {
    this.vm = vm
    this.bo = bo
  }

  get isUnused(): boolean {
    return this.vas.size === 0 && this.holders === 0
  }
}
