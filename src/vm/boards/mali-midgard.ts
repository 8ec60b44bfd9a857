/**
 * What the boards with a GPU under Panfrost have in common: drivers/gpu/drm/panfrost/panfrost_regs.h (6.12) and
 * Documentation/devicetree/bindings/gpu/arm,mali-midgard.yaml.
 */
import { FIRST_INTERRUPT } from '../gpu-model/gpu-place.js'

const hex = (value: number) => value.toString(16)

export const PANFROST_NOTES = [
  'everything that gemrig does with buffers, among them purging',
  'GPU jobs complete with `--gpu model`; without it the scheduler gives each up after half a second',
]

/** Values by offset; GPU_ID, at 0, is the board's own. All that the driver waits for is complete at once. */
export const MIDGARD_REGISTERS: readonly (readonly [number, number])[] = [
  [0x004, 0x0712_0206], // L2_FEATURES
  [0x00c, 0x0000_0809], // TILER_FEATURES
  [0x010, 0x0000_0001], // MEM_FEATURES
  [0x014, 0x0000_2830], // MMU_FEATURES: 48-bit virtual, 40-bit physical addresses
  [0x018, 0x0000_00ff], // AS_PRESENT
  [0x01c, 0x0000_0007], // JS_PRESENT
  [0x020, 0x0000_0100], // GPU_INT_RAWSTAT: RESET_COMPLETED, which the soft reset polls for
  [0x0a0, 0x0000_0100], // THREAD_MAX_THREADS
  [0x0a4, 0x0000_0100], // THREAD_MAX_WORKGROUP_SIZE
  [0x0a8, 0x0000_0100], // THREAD_MAX_BARRIER_SIZE
  [0x0ac, 0x0a04_0400], // THREAD_FEATURES
  [0x100, 0x0000_000f], // SHADER_PRESENT_LO
  [0x110, 0x0000_0001], // TILER_PRESENT_LO
  [0x120, 0x0000_0001], // L2_PRESENT_LO
  [0x140, 0x0000_000f], // SHADER_READY_LO: power-on is complete at once
  [0x150, 0x0000_0001], // TILER_READY_LO
  [0x160, 0x0000_0001], // L2_READY_LO
]

/** Device tree node of the GPU. `compatible` is a list as device tree source writes it. */
export function midgardNode(address: number, compatible: string): string {
  const interrupts = [0, 1, 2].map((line) => `0 0x${hex(FIRST_INTERRUPT + line)} 4`).join(' ')
  return `gpu@${hex(address)} {
    compatible = ${compatible};
    reg = <0 0x${hex(address)} 0 0x10000>;
    interrupts = <${interrupts}>;
    interrupt-names = "job", "mmu", "gpu";
    clocks = <&{/apb-pclk}>;
};`
}
