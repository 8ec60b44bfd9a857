/** What turns a block device into swap: mkswap(8), swapon(8), swapoff(8), and modprobe(8) for zram. */

export interface SwapTools {
  /** Loads the module zram, without devices. What went wrong, in one line; undefined when nothing did. */
  loadZram(): Promise<string | undefined>
  /** Writes the header of swap over the device, and has the kernel use it. As above. */
  start(device: string): Promise<string | undefined>
  /** The kernel brings back all that is in it, and lets go. As above; ENOMEM when it does not fit into memory. */
  stop(device: string): Promise<string | undefined>
}
