/** Fetches one file with apt's own downloader: proxies, retries and continuing are apt's, as the user has set them up. */
import { runProgram } from '../host/run-program.js'

/** A part of the package apt. */
export const APT_HELPER = '/usr/lib/apt/apt-helper'

/** Of every call of apt. */
export const APT_OPTIONS = [
  // Not a user of its own: that one could not write into our folder.
  '-oAPT::Sandbox::User=root',
  '-oAcquire::Retries=3',
  '-oAPT::Status-Fd=3',
]

export interface AptFetch {
  readonly uri: string
  /** What an earlier call has left there of the same file is continued. */
  readonly file: string
  /** As apt writes them: `SHA256:` and hexadecimal digits. */
  readonly hash: string
  readonly options?: readonly string[]
  readonly signal?: AbortSignal | undefined
  /** From 0 to 1. */
  readonly onFraction: (fraction: number) => void
}

/** VmError `prepare` when it does not come, or does not have the checksum: then nothing of it is kept. */
export async function aptFetch({ uri, file, hash, options, signal, onFraction }: AptFetch): Promise<void> {
  await runProgram(APT_HELPER, ['download-file', ...APT_OPTIONS, ...(options ?? []), uri, file, hash], {
    signal,
    onStatus: (text) => {
      const percent = /dlstatus:\d+:([\d.]+):/.exec(text)?.[1]
      if (percent !== undefined) onFraction(Number(percent) / 100)
    },
  })
}
