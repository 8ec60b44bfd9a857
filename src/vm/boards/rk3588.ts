/**
 * RK3588: Mali-G610 under Panthor. Register names and bits: drivers/gpu/drm/panthor/panthor_regs.h (6.12) and
 * panthor_gpu_regs.h (7.2); device tree: Documentation/devicetree/bindings/gpu/arm,mali-valhall-csf.yaml.
 */
import { ARM64 } from '../architecture.js'
import { csfFirmware } from '../machine/csf-firmware.js'
import type { VirtualBoard } from './virtual-board.js'

const REGISTER_BYTES = 0x20_0000

export const RK3588: VirtualBoard = {
  name: 'rk3588',
  summary: 'Rockchip RK3588, Mali-G610 (Panthor)',
  notes: [
    'buffers, address spaces, groups, tiler heaps, submits of empty streams',
    'its firmware is made by gemrig and holds no code: every request acknowledges itself',
    'Linux 7.2 evicts buffers to swap, so give it some (`--swap 512M`): without swap its shrinker does nothing',
    'Linux 6.12 has the driver without a shrinker, 6.1 has none',
    'a resume takes a second and a cache flush 100 ms, as no interrupt tells their end',
    '`Failed to stop MCU` on the console means nothing',
  ],
  architecture: ARM64,
  machine: 'virt,gic-version=2',
  // The real one has Cortex-A76 and A55. The GPU's driver does not ask.
  cpu: 'cortex-a57',
  cpus: 2,
  memoryMiB: 1024,
  memoryRangeMiB: [512, 3072],
  ramBase: 0x4000_0000,
  kernelSeries: '7.2',
  oldestKernel: '6.12',
  driver: 'panthor',
  modules: ['fixed', 'panthor', 'vgem'],
  dmaHeapKernels: ['6.12'],
  firmware: { path: 'arm/mali/arch10.8/mali_csffw.bin', bytes: csfFirmware },
  registers: {
    sizeBytes: REGISTER_BYTES,
    values: new Map([
      [0x000, 0xa867_0000], // GPU_ID: architecture 10.8, G610
      [0x004, 0x0712_0306], // L2_FEATURES
      [0x00c, 0x0000_0809], // TILER_FEATURES
      [0x010, 0x0000_0301], // MEM_FEATURES
      [0x014, 0x0000_2830], // MMU_FEATURES: 48-bit virtual, 40-bit physical addresses
      [0x018, 0x0000_00ff], // AS_PRESENT: the first one is the microcontroller's
      [0x01c, 0x040a_0412], // CSF_ID
      // INT_RAWSTAT: RESET_COMPLETED and CLEAN_CACHES_COMPLETED. No interrupt tells them: the driver looks when it has
      // waited 100 ms.
      [0x020, 0x0002_0100],
      [0x0a0, 0x0000_0800], // THREAD_MAX_THREADS
      [0x0a4, 0x0000_0400], // THREAD_MAX_WORKGROUP_SIZE
      [0x0a8, 0x0000_0400], // THREAD_MAX_BARRIER_SIZE
      [0x0ac, 0x0401_0000], // THREAD_FEATURES
      [0x0b0, 0xc1ff_ff9e], // TEXTURE_FEATURES 0 to 3
      [0x0b4, 0x0000_ffff],
      [0x0b8, 0xc1ff_ffff],
      [0x0bc, 0x0000_ffff],
      [0x100, 0x0005_0005], // SHADER_PRESENT_LO: 4 cores
      [0x110, 0x0000_0001], // TILER_PRESENT_LO
      [0x120, 0x0000_0001], // L2_PRESENT_LO
      [0x160, 0x0000_0001], // L2_READY_LO
      [0x704, 0x0000_0002], // MCU_STATUS: HALT, so suspend and resume need no reset
      [0x100c, 0x8000_0000], // JOB_INT_STAT: GLOBAL_IF, by which the firmware tells that it is up
      [0x1_0000, 0x0000_0001], // LATEST_FLUSH_ID
    ]),
  },
  deviceTree: (address) => `gpu_clock: gpu-clock {
    compatible = "fixed-clock";
    #clock-cells = <0>;
    clock-frequency = <1000000000>;
};
gpu_supply: gpu-supply {
    compatible = "regulator-fixed";
    regulator-name = "gpu";
    regulator-min-microvolt = <850000>;
    regulator-max-microvolt = <850000>;
    regulator-always-on;
};
gpu_points: opp-table-gpu {
    compatible = "operating-points-v2";
    opp-1000000000 {
        opp-hz = /bits/ 64 <1000000000>;
        opp-microvolt = <850000>;
    };
};
gpu@${address.toString(16)} {
    compatible = "rockchip,rk3588-mali", "arm,mali-valhall-csf";
    reg = <0 0x${address.toString(16)} 0 0x${REGISTER_BYTES.toString(16)}>;
    interrupts = <0 0x60 4 0 0x61 4 0 0x62 4>;
    interrupt-names = "job", "mmu", "gpu";
    clocks = <&gpu_clock>;
    clock-names = "core";
    mali-supply = <&gpu_supply>;
    operating-points-v2 = <&gpu_points>;
};`,
}
