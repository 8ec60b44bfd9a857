import { describe, expect, it } from 'vitest'
import { findVirtualBoard, VIRTUAL_BOARDS } from '../../src/vm/boards/index.js'
import { RK3399 } from '../../src/vm/boards/rk3399.js'
import { deviceTreeSource } from '../../src/vm/machine/device-tree.js'
import { checkSwap, machineSize } from '../../src/vm/machine/machine-size.js'
import { channelsOf, qemuCommand } from '../../src/vm/machine/qemu-command.js'
import { registerAddress, registerBytes } from '../../src/vm/machine/register-file.js'
import { VmError } from '../../src/vm/vm-error.js'

function errorOf(action: () => unknown): VmError {
  try {
    action()
  } catch (error) {
    if (error instanceof VmError) return error
    throw error
  }
  throw new Error('it did not throw')
}

describe('boards', () => {
  it('are found by name', () => {
    for (const board of VIRTUAL_BOARDS) expect(findVirtualBoard(board.name)).toBe(board)
  })

  it('that do not exist are refused, and those that do are named', () => {
    const error = errorOf(() => findVirtualBoard('rk1'))
    expect([error.kind, error.exitCode]).toEqual(['unknown-board', 2])
    expect(error.message).toContain('rk3399')
  })

  it.each([0, -1, 1.5, Number.NaN, 100, 1e6])('refuse %d MiB of memory', (memoryMiB) => {
    expect(errorOf(() => machineSize(RK3399, memoryMiB)).kind).toBe('wrong-use')
  })

  it.each([0, 9, Number.NaN])('refuse %d processors', (cpus) => {
    expect(errorOf(() => machineSize(RK3399, 1024, cpus)).kind).toBe('wrong-use')
  })

  it('go with swap of up to eight times the memory', () => {
    checkSwap(RK3399, 8 * RK3399.memoryMiB)
    expect(errorOf(() => checkSwap(RK3399, 8 * 512 + 1, 512)).kind).toBe('wrong-use')
  })
})

describe('registers', () => {
  it('are little-endian words at their offsets, and 0 elsewhere', () => {
    const bytes = registerBytes({ sizeBytes: 0x100, values: new Map([[0, 0x0860_2000], [12, 0xffff_fffe]]) }) // prettier-ignore
    expect(bytes.toString('hex')).toBe('00206008' + '00000000' + '00000000' + 'feffffff')
  })

  it.each([2, 0x100, 0xfd])('refuse an offset of %d in 0x100 bytes', (offset) => {
    expect(() => registerBytes({ sizeBytes: 0x100, values: new Map([[offset, 1]]) })).toThrow(RangeError)
  })

  it.each([
    ['rk3288', 0x750],
    ['rk3399', 0x860],
    ['rk3568', 0x7402],
  ])('of %s answer its product id, and that its reset is complete', (name, product) => {
    const bytes = registerBytes(findVirtualBoard(name).registers)
    expect(bytes.readUInt32LE(0) >>> 16).toBe(product)
    expect(bytes.readUInt32LE(0x20) & 0x100).toBe(0x100)
  })

  it.each(VIRTUAL_BOARDS)('of $name lie whole inside of RAM for every size of it', (board) => {
    for (const memoryMiB of [...board.memoryRangeMiB, board.memoryMiB]) {
      const offset = registerAddress(board, memoryMiB) - board.ramBase
      expect(offset + board.registers.sizeBytes).toBeLessThanOrEqual(memoryMiB * 2 ** 20)
    }
  })
})

describe('device tree', () => {
  const machine = `/dts-v1/;

/ {
	pcie@10000000 {
		reg = <0x40 0x10000000 0x00 0x10000000>;
	};
	virtio_mmio@a000000 {
	};
	virtio_mmio@a000400 {
	};
	virtio_mmio@a000600 {
	};
	pl011@9000000 {
	};
};
`
  const source = deviceTreeSource(machine, RK3399, 1024)

  it('reserves the memory of the registers, and puts the GPU there', () => {
    expect(source).toContain('gpuregs@7f000000 {\n        reg = <0 0x7f000000 0 0x100000>;\n        no-map;')
    expect(source).toContain('gpu@7f000000 {\n    compatible = "rockchip,rk3399-mali", "arm,mali-t860";')
    expect(deviceTreeSource(machine, RK3399, 512)).toContain('gpu@5f000000')
  })

  it('loses what is of no use: PCI, and virtio slots without a device', () => {
    const deletedIn = (text: string) =>
      [...text.matchAll(/^\/delete-node\/ &\{\/(.*)\};$/gm)].map((match) => match[1])
    expect(deletedIn(source)).toEqual(['pcie@10000000', 'virtio_mmio@a000600'])
    const withShare = deviceTreeSource(machine, RK3399, 1024, 'registers', 1)
    expect(deletedIn(withShare)).toEqual(['pcie@10000000'])
  })
})

describe('QEMU command', () => {
  const files = {
    kernel: '/k',
    initramfs: '/i',
    deviceTree: '/d',
    registers: '/r',
    systemImage: '/s',
    shared: '/out,put',
    shares: [],
  }
  const command = qemuCommand(RK3399, machineSize(RK3399, 2048, 4), files, {
    accelerator: 'tcg',
    options: [],
  })

  it('has the size asked for, and the registers at their place', () => {
    expect(command.join(' ')).toContain('-smp 4 -m 2048')
    expect(command).toContain('loader,addr=0xbf000000,force-raw=on,file=/r')
  })

  it('says that this is a virtual board', () => {
    expect(command[command.indexOf('-append') + 1]).toContain('gemrig.board=rk3399')
    expect(command[command.indexOf('-accel') + 1]).toBe('tcg,thread=multi')
  })

  it('doubles commas in paths, which else would begin a new option', () => {
    expect(command.find((word) => word.startsWith('local,'))).toMatch(/path=\/out,,put$/)
  })

  it('has a socket for each channel, and no file of one', () => {
    const sockets = command.filter((word) => word.startsWith('socket,'))
    expect(sockets).toEqual(channelsOf({}).map((channel, index) => `socket,id=${channel},fd=${3 + index}`))
  })
})
