/** The process that is fuzzed: starts the workers, watches that they go on, and looks for what they left behind. */
import { readFileSync, readdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const HANG_MS = 60_000
/** Beyond this a leak is certain: the calls of one run map some gigabytes in all. */
const MOST_MAPS_MORE = 100
const MOST_RSS_MORE_BYTES = 160 * 2 ** 20
const MOST_SIZE_MORE_BYTES = 640 * 2 ** 20
const MIB = 2 ** 20

const options = JSON.parse(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'gemrig-fuzz-'))
const paths = ['/dev/null', join(folder, 'small'), join(folder, 'empty'), ...options.nodes]
writeFileSync(join(folder, 'small'), Buffer.alloc(65536, 1))
writeFileSync(join(folder, 'empty'), '')
const progress = new SharedArrayBuffer(8 * options.workers)
let failures = 0

try {
  // The first round fills the caches of V8 and libc, which are no leak.
  await round(Math.min(20_000, options.calls))
  const before = await footprint()
  const begin = performance.now()
  const { outcomes, names } = await round(options.calls)
  const seconds = (performance.now() - begin) / 1000
  const after = await footprint()
  if (options.verbose) console.log(names.join('\n'))
  const { granted, refused, typeErrors, traps } = outcomes
  const calls = granted + refused + typeErrors + traps
  console.log(
    `${calls} calls of ${names.length} functions in ${seconds.toFixed(1)} s: ${granted} granted, ${refused} refused, ` +
      `${typeErrors} TypeErrors, ${traps} errors of the fuzzer's own objects`,
  )
  console.log(
    `descriptors ${before.descriptors} -> ${after.descriptors}, maps ${before.maps} -> ${after.maps}, ` +
      `size ${mib(before.size)} -> ${mib(after.size)} MiB, resident ${mib(before.rss)} -> ${mib(after.rss)} MiB`,
  )
  if (calls < options.calls) fail(`only ${calls} of ${options.calls} calls were made`)
  if (granted === 0 || typeErrors === 0) fail('the calls were all alike: the fuzzer does not fit the addon')
  if (after.descriptors > before.descriptors) fail(`leaked descriptors: ${after.openFiles.join(' ')}`)
  if (after.ownMaps > 0) fail(`${after.ownMaps} mappings of the fuzzer's files are left`)
  // A sanitizer maps memory of its own as it goes, keeps freed memory for a while, and looks for leaks itself.
  if (!options.sanitized && after.maps > before.maps + MOST_MAPS_MORE) fail('leaked mappings')
  if (!options.sanitized && after.rss > before.rss + MOST_RSS_MORE_BYTES) fail('leaked memory')
  if (!options.sanitized && after.size > before.size + MOST_SIZE_MORE_BYTES) fail('leaked address space')
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = failures === 0 ? 0 : 1

async function round(calls) {
  const streams = options.stream === undefined ? [...Array(options.workers).keys()] : [options.stream]
  const each = Math.ceil(calls / streams.length)
  let names = []
  const outcomes = { granted: 0, refused: 0, typeErrors: 0, traps: 0 }
  const workers = streams.map(
    (stream) =>
      new Worker(new URL('worker.mjs', import.meta.url), {
        workerData: { ...options, stream, calls: each, paths, progress },
      }),
  )
  const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
  const said = (kind) => Promise.all(workers.map((worker) => message(worker, kind)))
  const ready = await said('ready')
  names = ready[0].names
  const watch = watchForHang(streams, names, each)
  const ended = said('done')
  for (const worker of workers) worker.postMessage('start')
  for (const { outcomes: own, complaints } of await ended) {
    for (const key of Object.keys(outcomes)) outcomes[key] += own[key]
    for (const complaint of complaints) fail(complaint)
  }
  clearInterval(watch)
  for (const worker of workers) worker.postMessage('end')
  await Promise.all(exits)
  return { outcomes, names }
}

function message(worker, kind) {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error(`a worker ended before it said ${kind}`)))
    worker.on('message', (text) => text.kind === kind && resolve(text))
  })
}

function watchForHang(streams, names, each) {
  const state = new Int32Array(progress)
  const last = new Map()
  return setInterval(() => {
    for (const stream of streams) {
      const [call, index] = [Atomics.load(state, 2 * stream), Atomics.load(state, 2 * stream + 1)]
      const before = last.get(stream)
      if (before?.call !== call) last.set(stream, { call, at: Date.now() })
      else if (call < each && Date.now() - before.at > HANG_MS) {
        console.error(`hang: worker ${stream}, call ${call}, ${names[index]}`)
        // Nothing gentler ends a thread that is inside a call.
        process.kill(process.pid, 'SIGKILL')
      }
    }
  }, 1000)
}

async function footprint() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await sleep(20)
  }
  const lines = readFileSync('/proc/self/maps', 'utf8').trimEnd().split('\n')
  const openFiles = readdirSync('/proc/self/fd')
  const [size, rss] = readFileSync('/proc/self/statm', 'utf8').split(' ').map(Number)
  return {
    descriptors: openFiles.length,
    openFiles,
    maps: lines.length,
    ownMaps: lines.filter((line) => line.includes(folder)).length,
    size: size * 4096,
    rss: rss * 4096,
  }
}

function mib(bytes) {
  return Math.round(bytes / MIB)
}

function fail(text) {
  failures++
  console.error(text)
}
