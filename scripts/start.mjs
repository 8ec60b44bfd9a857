/** `npm start`: sets everything up, then runs the main job on the best board there is. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT, setUp } from './setup.mjs'

try {
  const missing = await setUp()
  if (missing) process.stderr.write(`gemrig: ${missing}\n`)
} catch (error) {
  process.stderr.write(`gemrig: ${error.message}\n`)
  process.exit(3)
}
const args = [join(ROOT, 'dist', 'cli', 'main.js'), 'stress', ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
process.exit(status ?? 3)
