/* The call stack of the thread that is in the recorder. */
#ifndef DATA_RECORD_UNWIND_H
#define DATA_RECORD_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Fills `frames`, innermost first, up to `limit`; returns how many. The recorder's own are left
 * out. The first is the address of the last byte of the call, so that it lies in the line that
 * calls; the others are return addresses, but for a function that a signal interrupted: there it is
 * the address behind the first byte of the instruction, so that one less lies in it as in a call.
 *
 * By call frame information where a module has it, else by frame pointers. Runs under the
 * recorder's lock; takes no other, allocates nothing, and asks the kernel before it reads a page of
 * the stack for the first time, so that whatever it believes it never faults.
 */
size_t unwind_stack(uint64_t *frames, size_t limit);

/* Whether a module was met since the last call that the trace does not know (modules.h). */
bool unwind_took_new_module(void);

/* When a module is gone, and in a forked child, whose copy of the memory may be torn. */
void unwind_forget(void);

/* Whether `address` is in the loader's own code: what frees from there may have unloaded. */
bool unwind_is_loader(uintptr_t address);

#endif
