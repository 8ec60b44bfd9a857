/** The dma_resv of an address space, which the buffers made for it alone share: drm_gpuvm_resv_object_alloc() (7.2). */
import { DmaResv } from '../../dma-buf/dma-resv.js'
import { Lock, type Freeable } from '../../sched/lock.js'
import type { Reservation } from '../gem-object.js'
import type { PanthorGemObject } from './panthor-gem.js'

/** It stays as long as a buffer has it, also when the address space is gone. */
export class PanthorReservation implements Reservation, Freeable {
  readonly label: string
  readonly isFreed = false
  readonly resv = new DmaResv()
  readonly resvLock: Lock
  readonly objects = new Set<PanthorGemObject>()

  constructor(label: string) {
    this.label = label
    this.resvLock = new Lock('ww_mutex', 'resv', this)
  }

  checkLocked(): void {
    for (const object of this.objects) object.checkLocked()
  }
}
