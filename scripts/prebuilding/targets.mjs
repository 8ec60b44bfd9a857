// The machines that prebuilt binaries are made for: the names that Node, Debian and GCC give them.

/** @typedef {{ node: string, debian: string, triplet: string, compilerPackage: string, armv?: string }} Target */

/** @type {Target[]} */
export const TARGETS = [
  { node: 'x64', debian: 'amd64', triplet: 'x86_64-linux-gnu', compilerPackage: 'g++-x86-64-linux-gnu' },
  { node: 'arm64', debian: 'arm64', triplet: 'aarch64-linux-gnu', compilerPackage: 'g++-aarch64-linux-gnu' },
  {
    node: 'arm',
    debian: 'armhf',
    triplet: 'arm-linux-gnueabihf',
    compilerPackage: 'g++-arm-linux-gnueabihf',
    armv: '7',
  },
]
