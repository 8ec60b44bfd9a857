/** The HTML report in a real browser (Debian package chromium), offline. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gemrig } from './command.js'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)
const HOSTILE = `</script><script>document.title='broken into'</script><img src=x onerror="document.title='broken into'">`
const HOUR_US = 3_600_000_000

/** What runs in the page, where types of ours are unknown. */
const INKED = `[...document.querySelectorAll('.chart canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return data.some((value) => value !== 0)
})`
const CURSORS = "[...document.querySelectorAll('.u-cursor-x')].map((cursor) => cursor.outerHTML)"

/** How many pixels of the chart have exactly this colour. */
const pixels = (id: string, [red, green, blue]: readonly number[]) => `(() => {
  const canvas = document.querySelector('#${id} canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let count = 0
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === ${red} && data[at + 1] === ${green} && data[at + 2] === ${blue} && data[at + 3] === 255) count++
  return count
})()`
/** Of each kind of mark; no line of the chart of the workload has one of these. */
const MARK_COLORS = {
  phase: [0x88, 0x88, 0x88],
  purge: [0x00, 0xbb, 0xbb],
  oom: [0xcc, 0x00, 0xff],
  kernel: [0xdd, 0x33, 0x33],
  violation: [0xff, 0x66, 0x00],
  hang: [0xff, 0x00, 0xaa],
}

/** A buffer that is made, given away and found to be purged. */
function purgedBuffer(t: number, buffer: number): object[] {
  const operation = (op: object, result: string) => {
    return {
      type: 'operation',
      t,
      durationUs: 10,
      actor: 0,
      n: t,
      operation: { ...op, buffer },
      outcome: { result },
    }
  }
  return [
    operation({ op: 'create', sizeBytes: 4096, noexec: true }, 'ok'),
    operation({ op: 'madvise', advice: 'dontneed' }, 'retained'),
    operation({ op: 'madvise', advice: 'willneed' }, 'purged'),
    operation({ op: 'close' }, 'ok'),
  ]
}

/** What is seldom, each at its own time. */
function seldom(): object[] {
  const record = { sequence: 1, uptimeUs: 1, level: 3, text: HOSTILE }
  const t = (minute: number) => minute * 60_000_000
  return [
    { type: 'phase-begin', t: t(5), phase: 'root-reclaim' },
    { type: 'oom-kill', t: t(50), pid: 17, task: HOSTILE, whose: 'hog', scope: 'memcg' },
    { type: 'kernel-log', t: t(52), ...record, name: 'warning', severity: 'fail', lines: [HOSTILE, HOSTILE] },
    { type: 'violation', t: t(54), oracle: 'retained-is-intact', message: HOSTILE },
    { type: 'hang', t: t(56), actor: 0, pid: 1, silentMs: 60_000 },
  ]
}

/**
 * Of an hour: samples, kernel records and operations four times a second, in the first half of which buffers are purged;
 * then an OOM kill, a warning, a broken promise and a hang.
 */
function hourOfEvents(begin: string): string {
  const lines = [begin, ...seldom().map((event) => JSON.stringify(event))]
  for (let t = 0; t < HOUR_US; t += 250_000) {
    const freeBytes = (700 + 100 * Math.sin(t / 6e7)) * 2 ** 20
    const sample = { freeBytes, availableBytes: freeBytes, shmemBytes: 1e8, swapFreeBytes: 0, oomKills: 0 }
    const counters = { slabsScanned: t, dropSlabs: 0, allocStalls: 0, costUs: 100 }
    lines.push(JSON.stringify({ type: 'sample', t, ...sample, ...counters }))
    const record = { sequence: t, uptimeUs: t, level: 4, name: 'other', severity: 'information' }
    lines.push(JSON.stringify({ type: 'kernel-log', t, ...record, text: `record ${t} ${HOSTILE}` }))
    const worked = purgedBuffer(t, lines.length).filter((_, at) => t < HOUR_US / 2 || at !== 2)
    lines.push(...worked.map((event) => JSON.stringify(event)))
  }
  const end = { type: 'run-end', t: HOUR_US, verdict: 'fail', reason: HOSTILE }
  return `${[...lines, JSON.stringify(end)].join('\n')}\n`
}

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  let folder = ''
  let browser: Browser
  const problems: string[] = []

  async function open(name: string): Promise<Page> {
    const page = await browser.newPage()
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) problems.push(`reaches for ${request.url()}`)
    })
    await page.goto(pathToFileURL(join(folder, name)).href, { waitUntil: 'load' })
    return page
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gemrig-browser-'))
    const run = join(folder, 'run')
    const stress = [
      'stress',
      '--out',
      run,
      '--duration',
      '2s',
      '--pressure',
      'root-reclaim',
      '--report',
      'html',
    ]
    expect((await gemrig(stress)).exitCode).toBe(0)
    browser = await puppeteer.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
      userDataDir: join(folder, 'profile'),
    })
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('draws its charts, and reaches for nothing', async () => {
    const page = await open('run/report.html')
    const charts = (await page.$$('.chart')).length
    expect(charts).toBeGreaterThan(2)
    expect(await page.evaluate('document.body.dataset.charts')).toBe(String(charts))
    expect(await page.evaluate(INKED)).toEqual(Array(charts).fill(true))
    expect(problems).toEqual([])
  })

  it('puts the cursor of all charts where a record of the kernel log is clicked', async () => {
    const page = await open('run/report.html')
    const cursors = async () => (await page.evaluate(CURSORS)) as string[]
    const before = await cursors()
    await page.evaluate("[...document.querySelectorAll('.log tr[data-t]')].at(-1).click()")
    const after = await cursors()
    expect(after).not.toEqual(before)
    expect(new Set(after).size).toBe(1)
    expect(after[0]).not.toContain('u-off')
  })

  it('shows a run of an hour full of hostile text as text', async () => {
    const journal = (await gemrig(['report', join(folder, 'run'), '--json'])).stdout
    expect(journal).toContain('"verdict":"pass"')
    const begin = JSON.stringify({
      type: 'run-begin',
      t: 0,
      gemrig: '0',
      board: 'real',
      description: HOSTILE,
      driver: 'panfrost',
      driverVersion: '1.2',
      node: HOSTILE,
      plan: (JSON.parse(journal) as { plan: object }).plan,
    })
    const hour = mkdtempSync(join(folder, 'hour-'))
    writeFileSync(join(hour, 'events.jsonl'), hourOfEvents(begin))
    const file = join(hour, 'report.html')
    expect((await gemrig(['report', hour, '--html', '--output', file])).exitCode).toBe(0)
    expect(statSync(file).size).toBeLessThan(5 * 2 ** 20)
    const started = performance.now()
    const page = await open(file.slice(folder.length + 1))
    await page.waitForFunction('document.body.dataset.charts')
    process.stdout.write(
      `a page of an hour opens in ${((performance.now() - started) / 1000).toFixed(2)} s\n`,
    )
    const html = readFileSync(file, 'utf8')
    const data = /id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}'
    const { marks } = JSON.parse(data) as { marks: { kind: string; text: string }[] }
    const purged = marks.filter(({ kind }) => kind === 'purge')
    expect(purged.reduce((sum, { text }) => sum + Number.parseInt(text, 10), 0)).toBe(7200)
    for (const [kind, color] of Object.entries(MARK_COLORS)) {
      expect(marks.map((mark) => mark.kind)).toContain(kind)
      expect(await page.evaluate(pixels('workload', color)), kind).toBeGreaterThan(20)
    }
    expect(await page.title()).toContain('gemrig: fail')
    expect(await page.title()).not.toBe('broken into')
    expect(await page.$$('img')).toEqual([])
    expect(await page.evaluate('document.body.innerText')).toContain('broken into')
    expect(problems).toEqual([])
  })
})
