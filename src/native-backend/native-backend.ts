/** The backend that is the machine's own kernel, through the C++ addon: finds the addon, or says what is missing. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend } from '../backend/backend.js'
import type { NativeAddon } from './native-addon.js'

const require = createRequire(import.meta.url)

/** The package's root, from dist/native-backend as well as from src/native-backend. */
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Runs in a clone and in an installed package alike. */
const BUILD = `node ${join(packageRoot, 'scripts/build-native.mjs')}`

const NOT_BUILT = `there is no prebuilt addon for ${process.platform}-${process.arch}: ${BUILD} builds it, or names the Debian package that is missing`

/** Either a backend, or one line that tells what is missing and which Debian package or command brings it. */
export type NativeBackendOrMissing = { readonly backend: Backend } | { readonly missing: string }

/**
 * Loads `build/Release/gemrig.node`, or else the prebuilt binary in `prebuilds/linux-<arch>`. Never throws. Loading it
 * opens no device and changes nothing in the process.
 */
export function loadNativeBackend(): NativeBackendOrMissing {
  let addon: NativeAddon
  try {
    addon = loadAddon()
  } catch (error) {
    return { missing: whatIsMissing(error) }
  }
  return { backend: { kind: 'native', ...addon } }
}

function loadAddon(): NativeAddon {
  const load = require('node-gyp-build') as (packageRoot: string) => NativeAddon
  return load(packageRoot)
}

/** Makes one line of what node-gyp-build or the dynamic linker said. */
export function whatIsMissing(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (text.startsWith('No native build was found')) return NOT_BUILT
  const firstLine = text.split('\n', 1)[0] ?? text
  if (/libdrm\.so/.test(text)) return `the native addon needs libdrm: apt-get install libdrm2 (${firstLine})`
  return `the native addon cannot be loaded here: ${BUILD} builds another (${firstLine})`
}
