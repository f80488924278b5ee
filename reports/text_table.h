/* Texts by number: each different one once, numbered in order of first appearance. */
#ifndef REPORTS_TEXT_TABLE_H
#define REPORTS_TEXT_TABLE_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct text_table {
    struct text_entry *entries;
    const char **texts; /* by number; owned by the entries */
    size_t count, room;
};

/* Gives `size` bytes their number. False with ERROR_NO_MEMORY. */
bool text_table_add(struct text_table *table, const char *bytes, size_t size, uint32_t *number,
                    struct error *err);

/* The same for a string. */
bool text_table_add_string(struct text_table *table, const char *text, uint32_t *number,
                           struct error *err);

void text_table_release(struct text_table *table);

#endif
