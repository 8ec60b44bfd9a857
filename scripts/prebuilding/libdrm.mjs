// libdrm-dev of another architecture, for linking with its libdrm.a: downloaded with apt into a folder of ours, so that
// nothing is installed on this machine.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../setup.mjs'

/**
 * A folder with usr/include and usr/lib/<triplet>/libdrm.a, from the cache when it is there.
 *
 * @param {import('./targets.mjs').Target} target
 * @returns {Promise<string>}
 */
export async function libdrmFor(target) {
  const folder = join(ROOT, '.cache/libdrm', target.debian)
  if (existsSync(folder)) return folder
  const { PrivateApt } = await import('../../dist/vm/debian/private-apt.js')
  const { findDebianSource } = await import('../../dist/vm/debian/sources.js')
  const { runProgram } = await import('../../dist/vm/host/run-program.js')
  const uri = process.env['GEMRIG_DEBIAN_URI']
  const source = uri ? { uri, suite: 'bookworm', options: [] } : await findDebianSource()
  if (source === undefined) {
    throw new Error(
      "this machine's apt names no Debian archive: set GEMRIG_DEBIAN_URI to the address of a mirror",
    )
  }
  const making = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  try {
    const apt = await PrivateApt.open(join(making, 'apt'), target.debian, source, [source.suite], undefined)
    const file = await apt.download('libdrm-dev', join(making, 'downloads'), () => {})
    await runProgram('dpkg-deb', ['-x', file, making])
    for (const name of ['apt', 'downloads']) rmSync(join(making, name), { recursive: true })
    // Without the shared library's link, -ldrm can only mean libdrm.a.
    const libraries = join(making, 'usr/lib', target.triplet)
    for (const name of readdirSync(libraries)) if (name.endsWith('.so')) rmSync(join(libraries, name))
    renameSync(making, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}
