/* What the recorded program asked for: the size of each live block, by address. */
#ifndef DATA_RECORD_SIZES_H
#define DATA_RECORD_SIZES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The log of a realloc names the size that was asked for before, which no allocator keeps. One
 * table a process, under the recorder's lock, in memory of its own (never malloc). A fork copies it
 * with everything else, so a child knows the blocks it inherits.
 */

/* Remembers; an address that is there already gets the new size. Without memory it forgets. */
void sizes_put(uint64_t address, uint64_t size);

/* Forgets `address`. False when it was not there; `*size` is then left alone. */
bool sizes_take(uint64_t address, uint64_t *size);

/*
 * Call once in a forked child: if another thread of the parent was just changing the table, the
 * copy may be torn, and is given up.
 */
void sizes_after_fork(void);

#endif
