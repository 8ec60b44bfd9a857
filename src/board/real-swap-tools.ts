/** The swap tools of this machine: util-linux and kmod, or busybox. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { SwapTools } from './swap-tools.js'

const run = promisify(execFile)
/** Emptying a full swap on a slow machine takes its time; it is not left to itself for longer. */
const DEADLINE_MS = 120_000
/** Where root's programs are, also for a user whose PATH does not say so. */
const PLACES = '/usr/sbin:/sbin'

export const realSwapTools: SwapTools = {
  loadZram: () => call('modprobe', 'zram', 'num_devices=0'),
  start: async (device) => (await call('mkswap', device)) ?? (await call('swapon', device)),
  stop: (device) => call('swapoff', device),
}

async function call(program: string, ...args: string[]): Promise<string | undefined> {
  const { PATH = '', ...env } = process.env
  try {
    await run(program, args, { timeout: DEADLINE_MS, env: { ...env, PATH: `${PATH}:${PLACES}` } })
    return undefined
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string }
    const said = (stderr ?? '').trim().split('\n').at(-1) ?? ''
    return `${program}: ${said === '' ? message.split('\n', 1)[0] : said}`
  }
}
