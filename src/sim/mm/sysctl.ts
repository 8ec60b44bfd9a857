/** The settings of memory management below /proc/sys/vm and /sys/kernel/mm, mm/util.c, mm/page_alloc.c (6.12). */
import { minFreeKbytes, type Watermarks, watermarksOf } from './watermarks.js'

export class MmSysctl {
  readonly #totalPages: number
  #minFreeKbytes: number
  #watermarkScaleFactor = 10
  swappiness = 60
  minUnmappedRatio = 1
  minSlabRatio = 5
  /** vm.zone_reclaim_mode: bit 0 switches node reclaim on. */
  zoneReclaimMode = 0
  panicOnOom = 0
  oomKillAllocatingTask = 0
  oomDumpTasks = 1
  /** 4 was written to vm.drop_caches. */
  dropCachesQuiet = false
  /** /sys/kernel/mm/lru_gen/enabled: reclaim by the multi-generational lists. */
  lruGenEnabled: boolean
  watermarks: Watermarks

  constructor(totalPages: number, lruGenEnabled: boolean) {
    this.#totalPages = totalPages
    this.#minFreeKbytes = minFreeKbytes(totalPages)
    this.lruGenEnabled = lruGenEnabled
    this.watermarks = watermarksOf(totalPages, this.#minFreeKbytes, this.#watermarkScaleFactor)
  }

  get minFreeKbytes(): number {
    return this.#minFreeKbytes
  }

  set minFreeKbytes(value: number) {
    this.#minFreeKbytes = value
    this.#setupWatermarks()
  }

  /** In ten-thousandths of the memory, 1 to 3000. */
  get watermarkScaleFactor(): number {
    return this.#watermarkScaleFactor
  }

  set watermarkScaleFactor(value: number) {
    this.#watermarkScaleFactor = value
    this.#setupWatermarks()
  }

  get minUnmappedPages(): number {
    return Math.floor((this.#totalPages * this.minUnmappedRatio) / 100)
  }

  /** setup_per_zone_wmarks(). */
  #setupWatermarks(): void {
    this.watermarks = watermarksOf(this.#totalPages, this.#minFreeKbytes, this.#watermarkScaleFactor)
  }
}
