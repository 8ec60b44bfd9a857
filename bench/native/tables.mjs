// The results as text.
import Table from 'cli-table3'
import { AIM_BANDWIDTH } from './aims.mjs'

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 })
const mark = ({ met }) => (met ? ' met' : ' MISSED')

function table(head, rows) {
  const text = new Table({ head, style: { head: [], border: [], compact: true } })
  text.push(...rows)
  return text.toString()
}

export function boardTable(rows) {
  const cell = (judged, format) => (judged === undefined ? '' : format(judged) + mark(judged))
  const ratio = ({ value }) => value.toFixed(3)
  return table(
    ['', 'C, ns', 'JS single, ns', 'over C, us (aim 2)', 'batch / C (aim 1.05)', 'program / C (aim 1.05)'],
    rows
      .filter(({ bandwidth }) => bandwidth === undefined)
      .map((row) => [
        row.name,
        number(row.cNs),
        number(row.singleNs),
        cell(row.single, ({ value }) => (value / 1000).toFixed(2)),
        cell(row.batch, ratio),
        cell(row.program, ratio),
      ]),
  )
}

export function boardMemoryTable(rows) {
  return table(
    ['', 'C (memcmp, memset), ns a byte', "of C's"],
    rows
      .filter(({ bandwidth }) => bandwidth !== undefined)
      .map(({ name, cNs, bandwidth }) => [name, cNs.toFixed(3), `${(bandwidth.value * 100).toFixed(0)} %`]),
  )
}

export function hostTables({ bandwidths, calls }) {
  const rate = (wanted) => bandwidths.find(({ name }) => name === wanted).gigabytesPerSecond
  const verify = rate('verify') / rate('memcmp')
  return [
    table(
      ['32 MiB of a memfd', 'GB/s'],
      bandwidths.map(({ name, gigabytesPerSecond }) => [name, gigabytesPerSecond.toFixed(1)]),
    ),
    table(
      ['one call', 'ns'],
      calls.map(({ name, ns }) => [name, number(ns)]),
    ),
    `verify has ${(verify * 100).toFixed(0)} % of memcmp's bandwidth (aim 90 %):${mark({ met: verify >= AIM_BANDWIDTH })}`,
  ].join('\n')
}
