/** Runs the stress engine from a program, with a reporter of one's own: purges, as they are noticed. */
import { chooseBoard, makePlan, runStress } from 'gemrig'

const { board, why } = chooseBoard()
console.log(`on ${board.description} (${why})`)

let purged = 0
const result = await runStress(board, {
  plan: makePlan({ seed: 7, durationMs: 6000, pressure: ['root-reclaim', 'machine-pressure'] }),
  emit(event) {
    if (event.type === 'phase-begin') console.log(`pressure: ${event.phase}`)
    if (event.type === 'operation' && event.outcome.result === 'sigbus') purged++
  },
})
console.log(
  `${purged} purged buffers touched, ${result.total.verified} retained ones verified: ${result.verdict}`,
)
process.exitCode = result.verdict === 'fail' ? 1 : 0
