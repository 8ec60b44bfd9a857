// Checks what `npm pack` would publish: publint (fields of package.json, files) and attw (types, for ESM alone). Works
// without network. Says nothing when all is well.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT, buildTypeScript } from './setup.mjs'

const require = createRequire(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'gemrig-pack-'))
try {
  buildTypeScript()
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`]),
  )
  const tarball = join(folder, packed.filename)
  const { publint } = await import('publint')
  const { messages, pkg } = await publint({
    level: 'warning',
    strict: true,
    pack: { tarball: bytesOf(tarball) },
  })
  const { formatMessage } = await import('publint/utils')
  for (const message of messages) console.error(`publint: ${formatMessage(message, pkg)}`)
  if (messages.length > 0) process.exitCode = 1
  const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js')
  run(process.execPath, [attw, tarball, '--profile=esm-only', '--no-emoji', '--format=ascii'])
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

function bytesOf(path) {
  const bytes = readFileSync(path)
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${stdout}${stderr}`.trim())
  return stdout
}
