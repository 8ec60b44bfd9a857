/** Messages of drivers/gpu/drm/panfrost (6.12, 7.2). */
import { resourceFailureOf, warnIn, type KernelMessage } from './message.js'

/** The one warning that ordinary use provokes: a phase that takes memory away expects it. */
export const PANFROST_CREATE_BO_NO_PAGES = 'panfrost-create-bo-no-pages'

export const PANFROST_MESSAGES: readonly KernelMessage[] = [
  {
    name: PANFROST_CREATE_BO_NO_PAGES,
    pattern: warnIn('panfrost_mmu.c', 'panfrost_mmu_map'),
    severity: 'error',
    meaning:
      'CREATE_BO or an import got no pages (cgroup limit, no memory, signal): the driver warns of what is no bug',
  },
  {
    name: 'panfrost-open-of-unneeded-bo',
    pattern: warnIn('panfrost_gem.c', 'panfrost_gem_open'),
    severity: 'suspicious',
    meaning: 'a handle was opened on a buffer that is DONTNEED or purged in another file',
  },
  {
    name: 'panfrost-madvise-by-another-file',
    pattern: warnIn('panfrost_drv.c', 'panfrost_ioctl_madvise'),
    severity: 'error',
    meaning: 'DONTNEED by a file that does not own the only GPU mapping',
  },
  {
    name: 'panfrost-heap-pages-owned',
    pattern: /drm_WARN_ON\(already_owned\)/,
    severity: 'error',
    meaning: 'a heap fault was tried again after it had failed half way',
  },
  {
    // panfrost_job_hw_submit() is part of it: the register JS_COMMAND_NEXT.
    name: 'panfrost-job-slot-in-use',
    pattern: warnIn('panfrost_job.c', 'panfrost_job_run'),
    severity: 'fail',
    meaning: 'a slot has a next job already; so has one of a GPU that does nothing, once a job has timed out',
  },
  {
    name: 'panfrost-invariant',
    pattern: warnIn('drivers/gpu/drm/panfrost/panfrost_\\w+.c', ''),
    severity: 'fail',
    meaning: 'an invariant of the driver does not hold',
  },
  {
    name: 'panfrost-not-heap-fault',
    pattern: /matching BO is not heap type/,
    severity: 'error',
    meaning: 'the GPU faulted inside a buffer that is no heap: a bad job, or a purged buffer in a job',
  },
  {
    name: 'gpu-page-fault',
    pattern: /Unhandled Page fault in AS\d+ at VA/,
    severity: 'error',
    meaning: 'the GPU accessed an address that is not mapped, for instance of a purged buffer',
  },
  {
    name: 'gpu-bus-fault',
    pattern: /GPU Fault 0x|multiple GPU faults|GPU Fault in protected mode/,
    severity: 'error',
    meaning: 'a bus or shareability fault of the GPU',
  },
  {
    name: 'panfrost-job-timeout',
    pattern: /gpu sched timeout, js=/,
    severity: 'error',
    meaning: 'a job did not end in time; the GPU is reset',
  },
  { name: 'panfrost-job-fault', pattern: /js fault, js=/, severity: 'error', meaning: 'a job faulted' },
  {
    name: 'gpu-mmu-stuck',
    pattern: /AS_ACTIVE bit stuck/,
    severity: 'error',
    meaning: 'a command of the GPU MMU hangs',
  },
  {
    name: 'gpu-hard-reset-failed',
    pattern: /gpu hard reset timed out/,
    severity: 'fail',
    meaning: 'the GPU does not come back',
  },
  {
    name: 'gpu-reset',
    pattern: /Soft-stop failed|gpu soft reset timed out|Soft reset timeout/,
    severity: 'error',
    meaning: 'the GPU did not stop or reset at the first try',
  },
  {
    name: 'gpu-power',
    pattern: /(shader|tiler|l2) power transition timeout|error powering up gpu/,
    severity: 'error',
    meaning: 'a part of the GPU did not power up or down',
  },
  {
    name: 'gpu-late-interrupt',
    pattern: /unexpectedly high interrupt latency/,
    severity: 'suspicious',
    meaning: 'the host is overloaded; the driver ignored a timeout',
  },
  {
    name: 'panfrost-dump-of-purged',
    pattern: /Panfrost Dump: BO has no sgt/,
    severity: 'information',
    meaning: 'a core dump of a job leaves out a purged buffer or a heap',
  },
  {
    name: 'panfrost-dump',
    pattern: /Panfrost Dump: |failed to allocate devcoredump/,
    severity: 'suspicious',
    meaning: 'no memory for a core dump',
  },
  {
    name: 'panfrost-purging',
    pattern: /^Purging \d+ bytes$/,
    severity: 'information',
    meaning: 'the shrinker purged; rate limited, so purges are never counted from it',
  },
  {
    name: 'panfrost-bad-mmap-flags',
    pattern: /unknown mmap_bo flags/,
    severity: 'information',
    meaning: 'a bad argument was refused',
  },
  {
    name: 'panfrost-priorities',
    pattern: /Slot priorities should be the same in a single context/,
    severity: 'error',
    meaning: 'the scheduler contexts of one file differ',
  },
  {
    name: 'panfrost-no-label',
    pattern: /Not enough memory to allocate BO label/,
    severity: 'suspicious',
    meaning: 'no memory for a label',
  },
  {
    name: 'panfrost-probe-failed',
    pattern: /panfrost.*(Fatal error during GPU init|GPU model not found)/,
    severity: 'error',
    meaning: 'the driver did not bind',
  },
  {
    name: 'panfrost-resource-failed',
    pattern: resourceFailureOf('panfrost'),
    severity: 'error',
    meaning: 'a clock, reset line, regulator or devfreq could not be had: the driver does not bind',
  },
]
