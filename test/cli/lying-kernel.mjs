/** A stress run on the fake board whose kernel says that a purged buffer was retained. Exits as `stress --bisect`. */
import { createFakeBoard } from '../../dist/board/fake-board.js'
import { bisectCode, exitCodeOf } from '../../dist/cli/exit-codes.js'
import { makePlan } from '../../dist/stress/plan.js'
import { runStress } from '../../dist/stress/run-stress.js'

const board = createFakeBoard({ seed: 1 })
const lie = ({ panfrost, ...backend }) => ({
  ...backend,
  panfrost: { ...panfrost, madvise: (...args) => panfrost.madvise(...args) || 1 },
})
const start = (name, role, args) =>
  board.start(
    name,
    { ...role, run: (context, own) => role.run({ ...context, backend: lie(context.backend) }, own) },
    args,
  )
const plan = makePlan({ durationMs: 2000, pressure: ['root-reclaim'] })
const { verdict } = await runStress({ ...board, start }, { plan, emit: () => undefined })
process.exitCode = bisectCode(exitCodeOf(verdict))
