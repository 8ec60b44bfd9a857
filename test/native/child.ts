/** Runs a script in a Node process of its own, for what would end or change the process of the tests. */
import { spawnSync } from 'node:child_process'

const backendModule = new URL('../../dist/native-backend/native-backend.js', import.meta.url).href

/** Source text for scripts: `backend` is the native backend, `tick()` lets the event loop turn. */
const PRELUDE = `
const { loadNativeBackend } = await import(${JSON.stringify(backendModule)})
const { backend } = loadNativeBackend()
const tick = () => new Promise((resolve) => setTimeout(resolve, 10))
`

export interface ChildResult {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

interface ChildOptions {
  readonly nodeArguments?: readonly string[]
  /** Whether the main thread loads the addon before the script. Default true. */
  readonly prelude?: boolean
}

export function runScript(
  script: string,
  { nodeArguments = [], prelude = true }: ChildOptions = {},
): ChildResult {
  const source = prelude ? PRELUDE + script : script
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArguments, '--input-type=module', '--eval', source],
    { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
  )
  return { code: status, signal, stdout, stderr }
}

/** The specifier of the loader's module, for scripts that import it in a worker. */
export const backendModuleUrl = JSON.stringify(backendModule)

/** For scripts: `gone` is a mapping without a page behind it, `guarded()` is what an access to it answers. */
export const GONE = `
import { mkdtempSync, openSync, rmSync } from 'node:fs'
const folder = mkdtempSync('/tmp/gemrig-native-')
const fd = openSync(folder + '/gone', 'w+')
rmSync(folder, { recursive: true })
const gone = backend.memory.mmap(fd, 0n, 4096)
const guarded = () => backend.memory.fill(gone, 1n, 0, 4096)
`
