/**
 * The command for the guest of a virtual board, in few files instead of hundreds: under emulation each file that Node
 * loads costs tens of milliseconds. Made of dist/, after every build of it, and told apart by a sum of what it is made of.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { GUEST_BUNDLE, GUEST_PLACE, SUM_FILE, distSum, guestBundle } from '../dist/vm/guest/guest-bundle.js'

/** What is started by its file: the command, the tasks' main program, the roles that it loads; what scripts import. */
const ENTRIES = [
  'cli/main.js',
  'index.js',
  'native-backend/native-backend.js',
  'differential/guest-main.js',
  'board/process-task-main.js',
  'pressure/hog-role.js',
  'probe/target-role.js',
  'stress/actor-role.js',
]

const DIST = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')

/** Code that looks for files beside itself finds those of the bundle, in its place in the guest. */
const placed = {
  name: 'placed',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
      if (!path.startsWith(`${DIST}/`)) return undefined
      const url = JSON.stringify(`file:///${GUEST_PLACE}/${relative(DIST, path)}`)
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url), loader: 'js' }
    })
  },
}

if ((await guestBundle(DIST)) === undefined) {
  const folder = join(DIST, GUEST_BUNDLE)
  rmSync(folder, { recursive: true, force: true })
  await build({
    entryPoints: ENTRIES.map((entry) => join(DIST, entry)),
    outbase: DIST,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    // Dependencies that are CommonJS ask for modules of Node's in their own way.
    banner: {
      js: `import{createRequire as requireIn}from'node:module';const require=requireIn('file:///${GUEST_PLACE}/');`,
    },
    plugins: [placed],
    logLevel: 'warning',
  })
  writeFileSync(join(folder, SUM_FILE), await distSum(DIST))
}
