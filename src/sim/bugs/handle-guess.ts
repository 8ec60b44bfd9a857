import type { KernelBug } from './bug.js'

export const handleGuess: KernelBug = {
  name: 'handle-guess',
  title: 'CREATE_BO uses a buffer that its guessed handle has freed (CVE-2022-50417)',
  fix: '4217c6ac8174 (drm/panfrost)',
  kernels: 'from 5.4 until the fix',
  change: "panfrost_ioctl_create_bo() drops its reference before it looks for the buffer's mapping.",
}
