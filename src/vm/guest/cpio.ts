/** Writes an initramfs: the newc form of cpio(5), Documentation/driver-api/early-userspace/buffer-format.rst. */

export type CpioEntry =
  | { readonly path: string; readonly kind: 'file'; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'directory' }
  | { readonly path: string; readonly kind: 'symlink'; readonly target: string }

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const

/**
 * An archive of `entries`, with every directory above them. Paths are relative, without `.` or `..`. Everything is
 * owned by root and dated 0, so that the same entries give the same bytes. Archives may be joined end to end.
 */
export function cpioArchive(entries: Iterable<CpioEntry>): Buffer {
  const chunks: Uint8Array[] = []
  const directories = new Set<string>()
  let inode = 1

  const add = (entry: CpioEntry) => {
    const data =
      entry.kind === 'file' ? entry.data : Buffer.from(entry.kind === 'symlink' ? entry.target : '')
    const permissions = entry.kind === 'file' && entry.executable !== true ? 0o644 : 0o755
    chunks.push(header(entry.path, TYPE_BITS[entry.kind] | permissions, inode++, data.length), data)
    chunks.push(padding(data.length))
  }
  const addDirectory = (path: string) => {
    if (path === '' || directories.has(path)) return
    addDirectory(parent(path))
    directories.add(path)
    add({ path, kind: 'directory' })
  }

  for (const entry of entries) {
    checkPath(entry.path)
    if (entry.kind === 'directory') addDirectory(entry.path)
    else {
      addDirectory(parent(entry.path))
      add(entry)
    }
  }
  chunks.push(header('TRAILER!!!', 0, 0, 0))
  return Buffer.concat(chunks)
}

function header(path: string, mode: number, inode: number, sizeBytes: number): Buffer {
  const name = Buffer.from(`${path}\0`)
  const links = mode >> 12 === TYPE_BITS.directory >> 12 ? 2 : 1
  // inode, mode, uid, gid, nlink, mtime, size, dev major and minor, rdev major and minor, name size, check
  const fields = [inode, mode, 0, 0, links, 0, sizeBytes, 0, 0, 0, 0, name.length, 0]
  const text = fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  const head = Buffer.concat([Buffer.from(`070701${text}`), name])
  return Buffer.concat([head, padding(head.length)])
}

function padding(lengthBytes: number): Buffer {
  return Buffer.alloc((4 - (lengthBytes % 4)) % 4)
}

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function checkPath(path: string): void {
  if (path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new RangeError(`not a path for an archive: '${path}'`)
}
