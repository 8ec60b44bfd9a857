/** The initramfs of one run: the board's, and this package's code, and the command. */
import { readFile } from 'node:fs/promises'
import type { PreparedBoard } from '../prepared-board.js'
import { VmError } from '../vm-error.js'
import { appFiles } from './app-files.js'
import { cpioArchive } from './cpio.js'
import { guestSettings, type GuestSettings } from './init-script.js'

/** `script` is what the guest runs. VmError `prepare` when this package is not compiled. */
export async function runInitramfs(
  prepared: PreparedBoard,
  script: string,
  settings: GuestSettings,
): Promise<Buffer> {
  const { packageRoot, addon, board } = prepared
  const app = await appFiles(packageRoot, addon, board.architecture.node).catch((error: unknown) => {
    const advice = `cd ${packageRoot} && npm install && npm run build`
    throw new VmError('prepare', `gemrig is not complete: ${(error as Error).message}`, {
      advice,
      cause: error,
    })
  })
  const own = cpioArchive([
    ...app,
    { path: 'guest-command', kind: 'file', data: Buffer.from(script), executable: true },
    { path: 'guest-settings', kind: 'file', data: Buffer.from(guestSettings(settings, new Date())) },
  ])
  return Buffer.concat([await readFile(prepared.baseInitramfs), own])
}
