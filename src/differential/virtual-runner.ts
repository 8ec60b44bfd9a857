/** Programs of calls on a virtual board, which is booted for them: guest-main.ts runs there. */
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { runVm, type VmOptions } from '../vm/run-vm.js'
import { VmError } from '../vm/vm-error.js'
import type { CallOutcome } from './call-kind.js'
import type { CallRunner } from './call-runner.js'
import type { CallStep } from './call-step.js'
import type { GuestHello } from './guest-main.js'

const MAIN = '/app/dist/differential/guest-main.js'
/** So many that the guest always has one to run while the host looks at the one before. */
const AT_ONCE = 4

export type VirtualRunnerOptions = Omit<VmOptions, 'command' | 'stdin' | 'stdout' | 'shell' | 'dryRun'>

interface Waiting {
  resolve(line: string): void
  reject(error: unknown): void
}

/**
 * Boots the board, hands a runner to `use`, and ends the board afterwards. Rejects as runVm and `use` do; also `use`'s
 * runs reject with VmError when the board dies.
 */
export async function withVirtualRunner<T>(
  options: VirtualRunnerOptions,
  use: (runner: CallRunner, hello: GuestHello) => Promise<T>,
): Promise<T> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const waiting: Waiting[] = []
  let end: { readonly error: Error } | undefined
  const answer = () =>
    new Promise<string>((resolve, reject) => {
      if (end === undefined) waiting.push({ resolve, reject })
      else reject(end.error)
    })
  createInterface({ input: stdout }).on('line', (line) => waiting.shift()?.resolve(line))

  const hello = answer()
  const machine = runVm({ ...options, command: ['node', MAIN], stdin, stdout }).then(
    ({ exitCode }) =>
      exitCode === 130
        ? new VmError('interrupted', 'the board was interrupted')
        : new VmError('guest-lost', `the program in the guest ended, exit code ${exitCode}`),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  const over = machine.then((error) => {
    end = { error }
    for (const asked of waiting.splice(0)) asked.reject(error)
  })
  const run = async (steps: readonly CallStep[]) => {
    const line = answer()
    stdin.write(`${JSON.stringify(steps)}\n`)
    return JSON.parse(await line) as CallOutcome[]
  }
  try {
    return await use({ atOnce: AT_ONCE, run }, JSON.parse(await hello) as GuestHello)
  } finally {
    stdin.end()
    await over
  }
}
