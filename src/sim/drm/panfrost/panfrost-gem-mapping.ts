/** Where one open file sees a buffer: struct panfrost_gem_mapping, panfrost_gem.h (6.12). */
import type { PanfrostFile } from './panfrost-file.js'
import type { PanfrostGemObject } from './panfrost-gem.js'

/** A buffer is the place for its first mapping itself, so the names are those of no other thing in it. */
export interface GemMapping {
  readonly bo: PanfrostGemObject
  /** Null: no mapping, but the place for one. */
  openFile: PanfrostFile | null
  startPage: number
  /** Of the buffer's list, of jobs, and of who looks at it now. Together they hold the buffer. */
  mappingReferences: number
  /** ACTIVE, ALLOCATED. */
  mappingFlags: number
  /** The next one of the buffer, oldest first. */
  nextMapping: GemMapping | null
}

const ACTIVE = 1
export const ALLOCATED = 2

/** The GPU's page tables have it. */
export function isActive(mapping: GemMapping): boolean {
  return (mapping.mappingFlags & ACTIVE) !== 0
}

export function setActive(mapping: GemMapping, value: boolean): void {
  set(mapping, ACTIVE, value)
}

/** The range is taken in the file's address space: drm_mm_node_allocated(). */
export function isAllocated(mapping: GemMapping): boolean {
  return (mapping.mappingFlags & ALLOCATED) !== 0
}

export function setAllocated(mapping: GemMapping, value: boolean): void {
  set(mapping, ALLOCATED, value)
}

function set(mapping: GemMapping, flag: number, value: boolean): void {
  mapping.mappingFlags = value ? mapping.mappingFlags | flag : mapping.mappingFlags & ~flag
}
