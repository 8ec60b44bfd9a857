/**
 * What runs in the report: draws the time lines with uPlot from the data in the page, with one cursor for all of them
 * and for the kernel log. It makes no markup from text.
 */
export const SCRIPT = `
'use strict'
const data = JSON.parse(document.getElementById('data').textContent)
const rows = [...document.querySelectorAll('.log tr[data-t]')]
const times = rows.map((row) => Number(row.dataset.t))
const charts = []
const lastSample = data.t.at(-1) ?? 0
// Records may come after the last sample.
const end = Math.max(lastSample, times.at(-1) ?? 0)
let near

function nearest(t) {
  let best = -1
  for (let i = 0; i < times.length; i++) if (best < 0 || Math.abs(times[i] - t) < Math.abs(times[best] - t)) best = i
  return best
}
function showNear(t) {
  const index = nearest(t)
  if (index < 0) return
  if (near) near.classList.remove('near')
  near = rows[index]
  near.classList.add('near')
  const box = near.closest('.log')
  box.scrollTop = near.offsetTop - box.clientHeight / 2
}
function drawMarks(chart) {
  const { ctx, bbox } = chart
  ctx.save()
  ctx.lineWidth = 1
  for (const { t, kind, color } of data.marks) {
    // In the middle of a pixel, so that a line is one pixel wide.
    const x = Math.round(chart.valToPos(t, 'x', true)) + 0.5
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = color
    ctx.setLineDash(kind === 'phase' ? [4, 4] : [])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
for (const { id, series, unit } of data.charts) {
  const box = document.getElementById(id)
  const ink = getComputedStyle(document.body).color
  const axis = { stroke: ink, grid: { stroke: '#8884', width: 1 } }
  const options = {
    width: Math.max(320, box.clientWidth),
    height: 180,
    cursor: { sync: { key: 'time' } },
    scales: { x: { time: false, range: (_, min, max) => [min, max === lastSample ? end : max] } },
    axes: [{ ...axis, values: (_, all) => all.map((s) => s + ' s') }, { ...axis, size: 70, label: unit }],
    series: [{ label: 'time', value: (_, v) => (v == null ? '' : v.toFixed(2) + ' s') }, ...series.map((s) => ({
      label: s.label, stroke: s.color, width: 1.5, points: { show: data.t.length < 3 } }))],
    hooks: { draw: [drawMarks], setCursor: [(chart) => {
      if (chart.cursor.left >= 0 && chart.cursor.event) showNear(chart.posToVal(chart.cursor.left, 'x'))
    }] },
  }
  charts.push(new uPlot(options, [data.t, ...series.map((s) => s.values)], box))
}
for (const row of rows) {
  row.addEventListener('click', () => {
    for (const chart of charts) chart.setCursor({ left: chart.valToPos(Number(row.dataset.t), 'x'), top: 20 })
  })
}
window.addEventListener('resize', () => {
  for (const chart of charts) chart.setSize({ width: Math.max(320, chart.root.parentElement.clientWidth), height: 180 })
})
document.body.dataset.charts = String(charts.length)
`
