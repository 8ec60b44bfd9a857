/** Runs the compiled command as a user would. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CommandResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `interruptWhen`: sends SIGINT once stderr matches. `preload`: a module that is imported before. */
export async function gemrig(
  args: readonly string[],
  { interruptWhen, preload }: { readonly interruptWhen?: RegExp; readonly preload?: URL } = {},
): Promise<CommandResult> {
  const imports = preload === undefined ? [] : ['--import', preload.href]
  const child = spawn(process.execPath, [...imports, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GEMRIG_BACKEND: 'fake' },
  })
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  if (interruptWhen !== undefined) {
    let seen = ''
    const look = (chunk: Buffer) => {
      seen += chunk.toString()
      if (!interruptWhen.test(seen)) return
      child.stderr.off('data', look)
      child.kill('SIGINT')
    }
    child.stderr.on('data', look)
  }
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, stdout: await stdout, stderr: await stderr }
}
