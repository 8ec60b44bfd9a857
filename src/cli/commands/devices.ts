/** `gemrig devices`: what is here, what may be opened, and why not. */
import { Command } from 'commander'
import { chooseBoard, type BackendWish } from '../../choose-board.js'
import { discoverDevices, type FoundDevice } from '../../device/discover.js'
import { drmClientsOf } from '../../device/drm-clients.js'
import { fittingTable } from '../../report/fitting-table.js'
import { clientsJson, clientsText } from '../../report/drm-clients.js'
import { backendOption, jsonOption } from '../options.js'

interface Flags {
  readonly backend: BackendWish
  readonly json?: boolean
  readonly clients?: boolean
}

export function devicesCommand(): Command {
  return new Command('devices')
    .description('list DRM devices, their drivers and dma-buf heaps, and what this user may open')
    .addOption(backendOption())
    .addOption(jsonOption())
    .option('--clients', 'list who has them open instead, and the memory that each accounts for')
    .addHelpText(
      'after',
      '\nExamples:\n  gemrig devices\n  gemrig devices --backend fake --json\n  gemrig devices --clients\n  gemrig devices --clients --json',
    )
    .action(async (flags: Flags) => {
      // Not the fake one by default: the question is what this machine has.
      const { board } = chooseBoard(flags.backend === 'auto' ? 'native' : flags.backend)
      if (flags.clients) {
        const found = await board.run(() => drmClientsOf(board))
        process.stdout.write(
          flags.json ? clientsJson(board.description, found) : clientsText(found, process.stdout.columns),
        )
        return
      }
      const devices = discoverDevices(board.backend)
      const listed = board.backend.dmaHeap.list()
      const heaps = typeof listed === 'number' ? [] : listed
      process.stdout.write(
        flags.json
          ? `${toJson(board.description, devices, heaps)}\n`
          : toText(board.description, devices, heaps),
      )
    })
}

function toJson(board: string, devices: readonly FoundDevice[], heaps: readonly string[]): string {
  const plain = devices.map(({ error, ...device }) => ({
    ...device,
    ...(error && { error: { type: error.name, code: error.code, message: error.message } }),
  }))
  return JSON.stringify({ board, devices: plain, heaps }, undefined, 2)
}

function toText(board: string, devices: readonly FoundDevice[], heaps: readonly string[]): string {
  const lines = [board]
  if (devices.length === 0) lines.push('no DRM devices: no driver is loaded, or this machine has no GPU')
  else {
    const rows = devices.map(({ path, version, busName, support, error }) => {
      const driver = version === undefined ? '?' : `${version.name} ${version.major}.${version.minor}`
      return [path, driver, busName, error?.message ?? SUPPORT_TEXT[support]]
    })
    lines.push(fittingTable({ head: ['node', 'driver', 'bus', 'buffers'] }, rows, process.stdout.columns))
  }
  lines.push(
    heaps.length === 0 ? 'no dma-buf heaps (CONFIG_DMABUF_HEAPS)' : `dma-buf heaps: ${heaps.join(', ')}`,
  )
  return `${lines.join('\n')}\n`
}

const SUPPORT_TEXT: Readonly<Record<FoundDevice['support'], string>> = {
  purgeable: 'can be purged',
  buffers: 'cannot be purged',
  none: 'gemrig does not drive it',
}
