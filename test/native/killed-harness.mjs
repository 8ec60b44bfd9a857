/**
 * A stress run to be killed: the machine's own cgroups, processes, files and state, with actors whose GPU is simulated.
 * Arguments: the folder of the state, a file that stands for a setting of the machine.
 */
import { createFakeBoard } from '../../dist/board/fake-board.js'
import { createRealBoard } from '../../dist/board/real-board.js'
import { createRealState } from '../../dist/board/real-state.js'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'
import { readWatermarks } from '../../dist/observe/watermarks.js'
import { Undo } from '../../dist/pressure/undo.js'
import { actorRole } from '../../dist/stress/actor-role.js'
import { makePlan } from '../../dist/stress/plan.js'
import { runStress } from '../../dist/stress/run-stress.js'

const SETTING = '/proc/sys/vm/gemrig_test'
const MEMINFO = '/proc/meminfo'
/** So far above its watermark the hog of machine pressure believes the machine to be: it must not press on it in fact. */
const HOG_KIB = 96 * 1024

/** For so long the setting is changed and put back, without a pause: long enough for kills to meet it. */
const SETTING_MS = 500

export const simulatedActor = {
  moduleUrl: import.meta.url,
  exportName: 'simulatedActor',
  run: (context, args) => actorRole.run({ ...context, backend: createFakeBoard().backend }, args),
}

/** The machine's own files, but for the setting and for how much is free. */
async function filesOf({ files }, setting) {
  const freeKib = Math.ceil((await readWatermarks(files)).lowBytes / 1024) + HOG_KIB
  const place = (path) => (path === SETTING ? setting : path)
  const read = async (path) => {
    const text = await files.read(place(path))
    if (path !== MEMINFO || typeof text === 'number') return text
    return text
      .replace(/^(MemFree: +)\d+/m, `$1${freeKib}`)
      .replace(/^(Cached|Mapped|Shmem)(: +)\d+/gm, '$1$20')
  }
  return { ...files, read, write: (path, text) => files.write(place(path), text) }
}

async function main(stateFolder, setting) {
  const real = createRealBoard(loadNativeBackend().backend)
  const board = {
    ...real,
    files: await filesOf(real, setting),
    state: createRealState(stateFolder),
    backend: createFakeBoard().backend,
    start: (name, role, args) => real.start(name, name.startsWith('actor') ? simulatedActor : role, args),
  }
  const undo = await Undo.begin(board)
  const end = performance.now() + SETTING_MS
  while (performance.now() < end) {
    await undo.set(SETTING, '1')
    await undo.restore()
  }
  const pressure = ['cgroup-squeeze', 'machine-pressure']
  const plan = makePlan({ actors: 1, buffers: 8, durationMs: 2000, pressure })
  const run = { plan, allowDisruptive: true, emit: () => undefined }
  const { verdict, violations, phases } = await runStress(board, run)
  const refused = phases.flatMap((phase) => phase.refused ?? [])
  process.stdout.write(`${[verdict, ...violations, ...refused].join('\n')}\n`)
}

const [, , stateFolder, setting] = process.argv
// An actor loads this module too, for its role.
if (setting !== undefined) await main(stateFolder, setting)
