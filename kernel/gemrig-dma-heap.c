// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's dma-buf heap core and its system heap as one module, for kernels without CONFIG_DMABUF_HEAPS. The two
 * sources are the kernel's own (drivers/dma-buf), taken as they are from the package of its source when this is built.
 */
#include <linux/module.h>

/* Both sources start themselves with an initcall; a module has one start of its own. */
#undef subsys_initcall
#define subsys_initcall(call) static int (*heap_core_init)(void) __initdata = call
#undef module_init
#define module_init(call) static int (*system_heap_init)(void) __initdata = call

#include "dma-heap.c"
#include "system_heap.c"

int init_module(void);
int __init init_module(void)
{
	int error = heap_core_init();

	return error ? error : system_heap_init();
}

MODULE_IMPORT_NS(DMA_BUF);
MODULE_DESCRIPTION("dma-buf heaps: core and system heap");
MODULE_LICENSE("GPL");
