/** Chooses the kernel packages. Versions come and go in an archive, so the name is looked up. */

/** Newest plain kernel image of a series among package names; undefined when there is none. */
export function newestKernelPackage(
  names: readonly string[],
  series: string,
  flavour: string,
): string | undefined {
  const start = `linux-image-${series}.`
  return (
    names
      .filter((name) => name.startsWith(start))
      // `+deb12-arm64` and `6.1.0-50-arm64` are wanted; `+deb12-rt-arm64`, `+deb12-arm64-16k`, `...-dbg` are not.
      .filter((name) =>
        /^[\d.]+(?:-\d+)?(?:\+[a-z\d.~]+)?$/.test(name.slice('linux-image-'.length, -(flavour.length + 1))),
      )
      .filter((name) => name.endsWith(`-${flavour}`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1)
  )
}

/**
 * The packages that hold what `image` brings: later Debian releases made it an empty one that asks for
 * others: the kernel, its modules, and the list of what is built in.
 */
export function kernelPackages(image: string, names: readonly string[]): string[] {
  const parts = ['linux-binary-', 'linux-modules-', 'linux-base-'].map((start) =>
    image.replace('linux-image-', start),
  )
  return parts.every((part) => names.includes(part)) ? parts : [image]
}

/** What apt shall search for: no more than the names above need. */
export function kernelPackagePattern(series: string, flavour: string): string {
  return `^linux-(image|binary|modules|base)-${series.replaceAll('.', '\\.')}\\.[0-9].*-${flavour}$`
}
