/** What Debian brings beside the kernel: busybox for the guest's init, libdrm to link the addon with. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestArchitecture } from '../architecture.js'
import type { Part } from '../cache/part.js'
import { DEBIAN_PROGRAMS, debianSource, searchSuites, unpackPackage } from '../debian/archive.js'

/** Changes when this file fills the folder differently. */
const RECIPE = 1

/**
 * A folder with `busybox/` and `libdrm/`. They are of the machine's own suite, as the cross compiler is: a newer
 * libdrm would ask for a newer C library.
 */
export function debianLibraries(architecture: GuestArchitecture): Part {
  return {
    name: 'libraries',
    title: `busybox and libdrm for ${architecture.debian}, from Debian`,
    key: `${architecture.debian}-${RECIPE}`,
    fetchMegabytes: 1,
    programs: DEBIAN_PROGRAMS,
    make: async (directory, context) => {
      const source = await debianSource()
      const aptDirectory = join(directory, 'apt')
      const { apt } = await searchSuites(
        'busybox-static',
        [[source.suite]],
        aptDirectory,
        architecture.debian,
        source,
        context,
        async (found) => (await found.names('^busybox-static$'))[0],
      )
      await unpackPackage(apt, 'busybox-static', join(directory, 'busybox'), context)
      await unpackPackage(apt, 'libdrm-dev', join(directory, 'libdrm'), context)
      await rm(aptDirectory, { recursive: true })
    },
  }
}
