/** One thread of the fuzzer: loads the addon, waits for the start, makes its calls and gives everything back. */
import { createRequire } from 'node:module'
import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { Arguments } from './arguments.mjs'
import { Belongings, answersDescriptor } from './belongings.mjs'
import { TrapError, hostileValue } from './hostile-values.mjs'
import { Random } from './random.mjs'
import { learnSignatures } from './signatures.mjs'

/** Calls between two turns of the event loop, in which finalizers run and pending calls end. */
const TURN_CALLS = 500

const { root, seed, stream, calls, paths, progress, trace } = workerData
const addon = createRequire(import.meta.url)('node-gyp-build')(root)
const random = new Random(Math.imul(stream + 1, 0x9e3779b1) ^ seed)
const belongings = new Belongings(addon, random)
const signatures = learnSignatures(addon, (name, answer) => belongings.settle(name, answer))
const makeArguments = new Arguments(random, belongings, paths)
const state = new Int32Array(progress)
const complaints = []
const outcomes = { granted: 0, refused: 0, typeErrors: 0, traps: 0 }

for (const path of paths) belongings.settle('open', addon.drm.open(path))
await belongings.waitForPending()
const names = signatures.map(({ group, name, kinds }) => `${group}.${name}(${kinds.join(', ')})`)
parentPort.postMessage({ kind: 'ready', names })
await new Promise((resolve) => parentPort.once('message', resolve))

for (let i = 0; i < calls; i++) {
  const index = random.below(signatures.length)
  state[2 * stream] = i
  state[2 * stream + 1] = index
  callOnce(signatures[index], i)
  if (i % TURN_CALLS === TURN_CALLS - 1) {
    await belongings.waitForPending()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
await belongings.giveBack()
state[2 * stream] = calls
parentPort.postMessage({ kind: 'done', outcomes, complaints })
// Nobody ends its thread, which closes files, while another still makes calls.
await new Promise((resolve) => parentPort.once('message', resolve))
parentPort.close()

function callOnce(signature, i) {
  const { group, name, call } = signature
  const values = makeArguments.of(signature)
  if (trace) writeSync(2, `${stream}:${i} ${group}.${name}(${values.map(describe).join(', ')})\n`)
  try {
    const receiver = random.oneIn(50) ? hostileValue(random) : addon[group]
    // `new` drops an answer that is a number, and a descriptor with it.
    const isNew = random.oneIn(200) && !answersDescriptor(name)
    const answer = isNew ? Reflect.construct(call, values) : Reflect.apply(call, receiver, values)
    if (name === 'close' && answer === 0) belongings.forget(values[0])
    belongings.settle(name, answer)
    if (typeof answer === 'number' && answer < 0) outcomes.refused++
    else outcomes.granted++
  } catch (error) {
    if (error instanceof TrapError) outcomes.traps++
    else if (error instanceof TypeError) outcomes.typeErrors++
    else if (complaints.length < 10)
      complaints.push(`${stream}:${i} ${group}.${name} threw ${describe(error)}`)
  }
}

function describe(value) {
  try {
    return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40, maxArrayLength: 4 })
  } catch {
    return 'a value that cannot be shown'
  }
}
