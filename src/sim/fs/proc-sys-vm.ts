/** The settings in /proc/sys/vm: proc_dointvec_minmax(), kernel/sysctl.c, mm/page_alloc.c, mm/vmscan.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { Kernel } from '../kernel.js'
import { parseInteger } from '../lib/memparse.js'
import type { MmSysctl } from '../mm/sysctl.js'
import type { PseudoFile } from './pseudo-file.js'

const INT_MAX = 0x7fff_ffff

type NumberKey = {
  [Key in keyof MmSysctl]: MmSysctl[Key] extends number ? Key : never
}[Exclude<keyof MmSysctl, 'minUnmappedPages'>]

/** Name, field, least and greatest value. */
const SETTINGS: readonly (readonly [string, NumberKey, number, number])[] = [
  ['min_free_kbytes', 'minFreeKbytes', 0, INT_MAX],
  ['watermark_scale_factor', 'watermarkScaleFactor', 1, 3000],
  ['swappiness', 'swappiness', 0, 200],
  ['min_unmapped_ratio', 'minUnmappedRatio', 0, 100],
  ['min_slab_ratio', 'minSlabRatio', 0, 100],
  ['zone_reclaim_mode', 'zoneReclaimMode', 0, INT_MAX],
  ['panic_on_oom', 'panicOnOom', 0, 2],
  ['oom_kill_allocating_task', 'oomKillAllocatingTask', -INT_MAX - 1, INT_MAX],
  ['oom_dump_tasks', 'oomDumpTasks', -INT_MAX - 1, INT_MAX],
]

export function vmSysctlFiles({ sysctl }: Kernel): [string, PseudoFile][] {
  return SETTINGS.map(([name, field, least, greatest]) => [
    `/proc/sys/vm/${name}`,
    {
      read: () => `${sysctl[field]}\n`,
      write: (text) => {
        const value = parseInteger(text.trim())
        if (value === null || value < least || value > greatest) return -ERRNO.EINVAL
        sysctl[field] = value
        return 0
      },
    },
  ])
}
