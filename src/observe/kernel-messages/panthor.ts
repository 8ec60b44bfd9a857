/** Messages of drivers/gpu/drm/panthor (7.2; 6.12 has those of the firmware, jobs and MMU). */
import { resourceFailureOf, warnIn, type KernelMessage } from './message.js'

export const PANTHOR_MESSAGES: readonly KernelMessage[] = [
  {
    name: 'panthor-unusable',
    pattern: /Failed to boot MCU after reset, making device unusable/,
    severity: 'fail',
    meaning: 'the GPU is dead until the driver is loaded again',
  },
  {
    name: 'panthor-reclaim-state',
    pattern: /invalid GEM reclaim state/,
    severity: 'fail',
    meaning: 'the state machine of reclaim is broken',
  },
  {
    name: 'panthor-invariant',
    pattern: warnIn('drivers/gpu/drm/panthor/panthor_\\w+.c', ''),
    severity: 'fail',
    meaning: 'an invariant of the driver does not hold',
  },
  {
    name: 'panthor-sync-bind-timeout',
    pattern: /VM_BIND ops are synchronous for now/,
    severity: 'fail',
    meaning: 'a job that cannot time out did',
  },
  {
    name: 'panthor-firmware',
    pattern:
      /Failed to load firmware image|Invalid firmware magic|Unsupported firmware binary header|Firmware image is truncated|Firmware corrupted|Shared interface region not found|Failed to boot MCU|Firmware version is 0/,
    severity: 'error',
    meaning: 'the firmware is missing or bad: the device does not come up',
  },
  {
    name: 'panthor-firmware-hang',
    pattern: /FW ping timeout|FW \S+ reset failed|Fast reset failed/,
    severity: 'error',
    meaning: 'the firmware hangs',
  },
  {
    name: 'panthor-cs-fault',
    pattern: /CS_FATAL: |CS_FAULT: /,
    severity: 'error',
    meaning: 'a command stream of a process failed',
  },
  {
    name: 'panthor-job-timeout',
    pattern: /job timeout: pid=|PROGRESS_TIMER_EVENT|CSG slot \d+ progress timeout/,
    severity: 'error',
    meaning: 'a job made no progress in time',
  },
  {
    name: 'panthor-group-update',
    pattern: /CSG \d+ update request timedout|CSG suspend failed/,
    severity: 'error',
    meaning: 'the firmware did not answer the scheduler',
  },
  {
    name: 'panthor-tiler-heap',
    pattern: /Failed to extend the tiler heap/,
    severity: 'suspicious',
    meaning: 'no memory for a tiler heap',
  },
  {
    name: 'panthor-hardware-timeout',
    pattern: /Flush caches timeout|panthor.*timeout waiting on/,
    severity: 'error',
    meaning: 'the hardware did not answer',
  },
  {
    name: 'panthor-resource-failed',
    pattern: resourceFailureOf('panthor'),
    severity: 'error',
    meaning: 'a clock, reset line, regulator or devfreq could not be had: the driver does not bind',
  },
]
