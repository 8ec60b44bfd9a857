/** The kernel's event counters that /proc/vmstat shows: include/linux/vm_event_item.h, mm/vmstat.c (6.12). */

export const VM_EVENTS = [
  'allocstall_normal',
  'pgalloc_normal',
  'pgfree',
  'pgfault',
  'pgmajfault',
  'pswpin',
  'pswpout',
  'pgsteal_kswapd',
  'pgsteal_direct',
  'pgscan_kswapd',
  'pgscan_direct',
  'pgscan_anon',
  'pgscan_file',
  'pgsteal_anon',
  'pgsteal_file',
  'slabs_scanned',
  'kswapd_low_wmark_hit_quickly',
  'kswapd_high_wmark_hit_quickly',
  'pageoutrun',
  'drop_pagecache',
  'drop_slab',
  'oom_kill',
] as const
type VmEvent = (typeof VM_EVENTS)[number]

export class VmEvents {
  readonly #counts = new Map<VmEvent, number>()

  add(event: VmEvent, by = 1): void {
    this.#counts.set(event, this.get(event) + by)
  }

  get(event: VmEvent): number {
    return this.#counts.get(event) ?? 0
  }
}
