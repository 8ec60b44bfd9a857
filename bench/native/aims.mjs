// What the benchmark is to show, and what the measured times say of it: a row for each case, and why an aim is missed.
import { median } from './measure.mjs'

/** Batches and programs: times that of C. */
export const AIM_RATIO = 1.05
/** Single calls: over C. */
export const AIM_SINGLE_NS = 2000
/** verify: parts of the bandwidth of memcmp, on a machine with memory of its own. */
export const AIM_BANDWIDTH = 0.9

/**
 * @typedef {{ value: number, met: boolean }} Judged
 * @typedef {object} Row
 * @property {string} name
 * @property {number} cNs ns for one operation (for memory: one byte)
 * @property {number} [singleNs]
 * @property {Judged} [single] ns over C
 * @property {Judged} [batch] times C
 * @property {Judged} [program] times C
 * @property {{ value: number }} [bandwidth] parts of C's; in counted instructions, C's for a byte by ours
 * @property {string[]} misses one line for each aim that is missed: where the time is
 */

/** @returns {Row} */
export function judge({ name, times }, clockNs) {
  const ns = Object.fromEntries(Object.entries(times).map(([way, rounds]) => [way, median(rounds)]))
  // Round by round: what disturbed one way disturbed its neighbour in the same round.
  const ratio = (way, c) => median(times[way].map((time, round) => time / times[c][round]))
  const atMost = (value, aim) => ({ value, met: value <= aim })
  const row = { name, cNs: ns.c, misses: [] }
  if (times.single) {
    row.singleNs = ns.single
    row.single = atMost(ns.single - ns.c, AIM_SINGLE_NS)
    if (!row.single.met) row.misses.push(`${name}, single call: ${split(ns, 'c', 'native', 'single')}`)
  }
  if (times.batch) {
    row.batch = atMost(ratio('batch', 'cBatch'), AIM_RATIO)
    if (!row.batch.met) row.misses.push(`${name}, batch: ${split(ns, 'cBatch', 'nativeBatch', 'batch')}`)
  }
  if (times.program) {
    row.program = atMost(ratio('program', 'c'), AIM_RATIO)
    if (!row.program.met) row.misses.push(`${name}, program: ${programLimit(ns, clockNs)}`)
  }
  if (times.memory) {
    row.bandwidth = { value: 1 / ratio('memory', 'c') }
  }
  return row
}

const round = (ns) => ns.toFixed(0)

function split(ns, c, native, all) {
  const bridge = ns[native] - ns[c]
  const javascript = ns[all] - ns[native]
  return `${round(ns[all] - ns[c])} ns over C: ${round(bridge)} between JavaScript and C++, ${round(javascript)} in JavaScript`
}

function programLimit(ns, clockNs) {
  return `${round(ns.program - ns.c)} ns over C, of which one look at the clock for each step is ${round(clockNs)}`
}
