/** The exact release of a kernel of Debian's that is in the cache: what is built for it is named by it. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { modulesOf } from './guest-kernel.js'

/** `6.12.95+deb12-arm64`; undefined when the kernel is still to be fetched. `modules` is its folder of modules. */
export function cachedRelease(modules: string): string | undefined {
  return existsSync(modules) ? basename(modulesOf(modules)) : undefined
}
