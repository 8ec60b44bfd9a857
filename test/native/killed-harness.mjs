/**
 * A stress run to be killed: the machine's own cgroups, processes, files and state, with actors whose GPU is simulated.
 * Arguments: the folder of the state, a file that stands for a setting of the machine.
 */
import { createFakeBoard } from '../../dist/board/fake-board.js'
import { createRealBoard } from '../../dist/board/real-board.js'
import { createRealState } from '../../dist/board/real-state.js'
import { loadNativeBackend } from '../../dist/native-backend/native-backend.js'
import { Undo } from '../../dist/pressure/undo.js'
import { actorRole } from '../../dist/stress/actor-role.js'
import { makePlan } from '../../dist/stress/plan.js'
import { runStress } from '../../dist/stress/run-stress.js'

export const simulatedActor = {
  moduleUrl: import.meta.url,
  exportName: 'simulatedActor',
  run: (context, args) => actorRole.run({ ...context, backend: createFakeBoard().backend }, args),
}

async function main(stateFolder, setting) {
  const real = createRealBoard(loadNativeBackend().backend)
  const board = {
    ...real,
    state: createRealState(stateFolder),
    backend: createFakeBoard().backend,
    start: (name, role, args) => real.start(name, name.startsWith('actor') ? simulatedActor : role, args),
  }
  const undo = await Undo.begin(board)
  for (let count = 0; count < 200; count++) {
    await undo.set(setting, '1')
    await undo.restore()
  }
  const plan = makePlan({ actors: 1, buffers: 8, durationMs: 1000, pressure: ['cgroup-squeeze'] })
  const { verdict, violations } = await runStress(board, { plan, emit: () => undefined })
  process.stdout.write(`${[verdict, ...violations].join('\n')}\n`)
}

const [, , stateFolder, setting] = process.argv
// An actor loads this module too, for its role.
if (setting !== undefined) await main(stateFolder, setting)
