// The one description of how the addon is compiled, for every way of building it: binding.gyp reads it on the command
// line (`node scripts/native-sources.mjs [sources|include-folders|defines|flags]`), the cross build imports it.
import { createRequire } from 'node:module'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** C++ sources, relative to the package root. */
export const nativeSources = [
  'native/addon.cc',
  'native/batch.cc',
  'native/blocking.cc',
  'native/dma-buf.cc',
  'native/dma-heap.cc',
  'native/drm-node.cc',
  'native/drm.cc',
  'native/fdinfo.cc',
  'native/fork.cc',
  'native/gem-driver.cc',
  'native/i915.cc',
  'native/jobs.cc',
  'native/mapping.cc',
  'native/memory.cc',
  'native/msm.cc',
  'native/panfrost.cc',
  'native/panthor-group.cc',
  'native/panthor.cc',
  'native/program-thread.cc',
  'native/program.cc',
  'native/sigbus-guard.cc',
  'native/syncobj.cc',
  'native/sysfs-drm-nodes.cc',
  'native/udmabuf.cc',
  'native/vc4.cc',
  'native/vgem.cc',
  'native/uapi/system-headers-check.cc',
]

/** Folders with headers, relative to the package root. libdrm's own and Node's depend on the way of building. */
export function nativeIncludeFolders() {
  return ['native', relative(packageRoot, dirname(require.resolve('node-addon-api/package.json')))]
}

/** Preprocessor definitions. 64-bit file offsets, also on 32-bit Arm. */
export const nativeDefines = ['_FILE_OFFSET_BITS=64']

/** Flags of g++ and clang++ for each source. The visibility keeps other libraries' symbols apart from ours. */
export const nativeFlags = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-fexceptions',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
]

const lists = {
  sources: () => nativeSources,
  'include-folders': nativeIncludeFolders,
  defines: () => nativeDefines,
  flags: () => nativeFlags,
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const list = lists[process.argv[2] ?? 'sources']
  if (list === undefined) {
    console.error(`usage: node scripts/native-sources.mjs [${Object.keys(lists).join('|')}]`)
    process.exit(2)
  }
  console.log(list().join('\n'))
}
