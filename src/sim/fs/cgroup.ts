/** The tree of control groups, v2 with the memory controller: kernel/cgroup/cgroup.c (6.12). */
import { ERRNO } from '../../backend/errno.js'
import type { NegativeErrno } from '../../backend/outcome.js'
import type { Kernel } from '../kernel.js'
import type { MemCgroup } from '../mm/mem-cgroup.js'
import type { SimTask } from '../process/task-struct.js'
import { PsiGroup } from '../psi.js'

export class Cgroup {
  readonly parent: Cgroup | null
  readonly name: string
  readonly children = new Map<string, Cgroup>()
  readonly psi: PsiGroup
  /** cgroup.subtree_control has memory: the children have a memory controller each. */
  subtreeHasMemory = false
  /** The group's own memory controller; null when the parent does not hand it down. */
  memcg: MemCgroup | null

  constructor(parent: Cgroup | null, name: string, memcg: MemCgroup | null, psi: PsiGroup) {
    this.parent = parent
    this.name = name
    this.memcg = memcg
    this.psi = psi
  }

  /** As /proc/<pid>/cgroup shows it: `/` for the root. */
  get path(): string {
    if (this.parent === null) return '/'
    return this.parent.parent === null ? `/${this.name}` : `${this.parent.path}/${this.name}`
  }

  /** Who is charged for what processes in this group allocate: the nearest one with a memory controller. */
  effectiveMemcg(): MemCgroup {
    const memcg = this.memcg ?? this.parent?.effectiveMemcg()
    if (memcg === undefined) throw new Error('the root cgroup has no memory controller')
    return memcg
  }
}

export class CgroupHierarchy {
  readonly #kernel: Kernel
  readonly root: Cgroup

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.root = new Cgroup(null, '', kernel.memcg.root, kernel.psi)
  }

  /** `parts` of a path below the mount point. */
  find(parts: readonly string[]): Cgroup | undefined {
    let group: Cgroup | undefined = this.root
    for (const part of parts) group = group?.children.get(part)
    return group
  }

  tasksIn(group: Cgroup): SimTask[] {
    return [...this.#kernel.tasks.all()].filter((task) => task.cgroup === group)
  }

  /** Whether a process lives in the group or below it. */
  isPopulated(group: Cgroup): boolean {
    if (this.tasksIn(group).length > 0) return true
    return [...group.children.values()].some((child) => this.isPopulated(child))
  }

  make(parent: Cgroup, name: string): NegativeErrno | 0 {
    if (parent.children.has(name)) return -ERRNO.EEXIST
    if (name.includes('\n')) return -ERRNO.EINVAL
    const group = new Cgroup(parent, name, null, new PsiGroup())
    parent.children.set(name, group)
    if (parent.subtreeHasMemory) group.memcg = this.#kernel.memcg.create(parent.effectiveMemcg())
    return 0
  }

  remove(group: Cgroup): NegativeErrno | 0 {
    if (group.parent === null || group.children.size > 0 || this.tasksIn(group).length > 0)
      return -ERRNO.EBUSY
    if (group.memcg !== null) this.#kernel.memcg.offline(group.memcg)
    group.parent.children.delete(group.name)
    return 0
  }

  /** A write to cgroup.procs. What the process has allocated stays charged to the group that it came from. */
  attach(group: Cgroup, task: SimTask): NegativeErrno | 0 {
    // The "no internal process" constraint: a group that hands controllers down holds no processes itself.
    if (group.parent !== null && group.subtreeHasMemory) return -ERRNO.EBUSY
    task.cgroup = group
    return 0
  }

  enableMemory(group: Cgroup): NegativeErrno | 0 {
    if (group.subtreeHasMemory) return 0
    if (group.memcg === null) return -ERRNO.ENOENT
    if (group.parent !== null && this.tasksIn(group).length > 0) return -ERRNO.EBUSY
    group.subtreeHasMemory = true
    for (const child of group.children.values()) child.memcg = this.#kernel.memcg.create(group.memcg)
    return 0
  }

  disableMemory(group: Cgroup): NegativeErrno | 0 {
    if (!group.subtreeHasMemory) return 0
    for (const child of group.children.values()) if (child.subtreeHasMemory) return -ERRNO.EBUSY
    group.subtreeHasMemory = false
    for (const child of group.children.values()) {
      if (child.memcg !== null) this.#kernel.memcg.offline(child.memcg)
      child.memcg = null
    }
    return 0
  }
}
