/** What an allocation may do to get its pages: include/linux/gfp_types.h (6.12), the flags that matter here. */

export interface Gfp {
  /** __GFP_DIRECT_RECLAIM: may reclaim by itself. */
  readonly directReclaim: boolean
  /** __GFP_KSWAPD_RECLAIM: wakes kswapd. */
  readonly kswapdReclaim: boolean
  /** __GFP_RETRY_MAYFAIL: tries hard, then fails; never a reason to kill a process. */
  readonly retryMayfail: boolean
}

/** Anonymous memory and single pages of heaps. */
export const GFP_HIGHUSER: Gfp = { directReclaim: true, kswapdReclaim: true, retryMayfail: false }
/** Pages of GEM objects: drm_gem_shmem_create() adds __GFP_RETRY_MAYFAIL | __GFP_NOWARN. */
export const GFP_GEM: Gfp = { directReclaim: true, kswapdReclaim: true, retryMayfail: true }
/** HIGH_ORDER_GFP of the system heap: takes what is free and disturbs nobody. */
export const GFP_HIGH_ORDER: Gfp = { directReclaim: false, kswapdReclaim: false, retryMayfail: false }
/** Blocks of 64 KiB in heaps before 6.12: one reclaim, then it fails, as the order is above PAGE_ALLOC_COSTLY_ORDER. */
export const GFP_MID_ORDER: Gfp = { directReclaim: true, kswapdReclaim: true, retryMayfail: false }
