/** What a `hist` file of tracefs tells of each shrinker: kernel/trace/trace_events_hist.c, hist_trigger_show (6.12). */

/** Sums since the histogram was made. */
export interface HistogramEntry {
  /** The shrinker's scan function: `panfrost_gem_shrinker_scan`. */
  readonly name: string
  readonly hits: number
  readonly sum: number
}

const ENTRY = /^\{ shrink: \[[0-9a-f]+\] (\S+).*\} hitcount: +(\d+) +\w+: +(-?\d+)/gm

/** Of a trigger `hist:keys=shrink.sym:vals=<one field>`. An address that has no symbol is left out. */
export function parseShrinkerHistogram(text: string): readonly HistogramEntry[] {
  return [...text.matchAll(ENTRY)].map(([, name = '', hits, sum]) => ({
    name,
    hits: Number(hits),
    sum: Number(sum),
  }))
}
