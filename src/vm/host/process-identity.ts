/** Tells a process from a later one with the same id: proc_pid_stat(5), field 22, the start time. */
import { readFileSync, statSync } from 'node:fs'

/** `<pid> <start time>`; undefined when there is no such process. */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, which may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${pid} ${fields[19] ?? ''}`
  } catch {
    return undefined
  }
}

/** Whose process ids ours are: the inode of this process's PID namespace, pid_namespaces(7). Containers have their own. */
export function pidNamespace(): string {
  return String(statSync('/proc/self/ns/pid').ino)
}
