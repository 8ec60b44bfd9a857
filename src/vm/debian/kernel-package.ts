/** Chooses the kernel package. Versions come and go in an archive, so the name is looked up. */

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
      // `+deb12-arm64` is wanted; `+deb12-rt-arm64`, `+deb12-arm64-16k`, `...-dbg` are not.
      .filter((name) =>
        /^[\d.]+(?:\+[a-z\d.~]+)?$/.test(name.slice('linux-image-'.length, -(flavour.length + 1))),
      )
      .filter((name) => name.endsWith(`-${flavour}`))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1)
  )
}

/** What apt shall search for: no more than the names above need. */
export function kernelPackagePattern(series: string, flavour: string): string {
  return `^linux-image-${series.replaceAll('.', '\\.')}\\.[0-9].*-${flavour}$`
}
