/** Imported before the command, with a folder as its query: once the first run works, that folder is gone. */
import { rmSync } from 'node:fs'

const folder = decodeURIComponent(new URL(import.meta.url).search.slice(1))
const write = process.stderr.write.bind(process.stderr)
process.stderr.write = (text, ...rest) => {
  if (/[1-9]\d* operations/.test(String(text))) rmSync(folder, { recursive: true, force: true })
  return write(text, ...rest)
}
