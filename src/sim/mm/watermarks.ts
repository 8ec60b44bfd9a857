/** The marks below which the kernel reclaims: __setup_per_zone_wmarks(), mm/page_alloc.c (6.12). */

export interface Watermarks {
  /** Below this an allocation must reclaim by itself. */
  readonly minPages: number
  /** Below this kswapd is woken. */
  readonly lowPages: number
  /** kswapd goes to sleep above this. */
  readonly highPages: number
  readonly promoPages: number
}

/** vm.min_free_kbytes as calculate_min_free_kbytes() sets it at boot. */
export function minFreeKbytes(managedPages: number): number {
  return Math.min(262_144, Math.max(128, Math.floor(Math.sqrt(managedPages * 4 * 16))))
}

/** `scaleFactor` is vm.watermark_scale_factor, in ten-thousandths. */
export function watermarksOf(managedPages: number, minFreeKb: number, scaleFactor: number): Watermarks {
  const minPages = minFreeKb >> 2
  const step = Math.max(minPages >> 2, Math.floor((managedPages * scaleFactor) / 10_000))
  return {
    minPages,
    lowPages: minPages + step,
    highPages: minPages + 2 * step,
    promoPages: minPages + 3 * step,
  }
}
