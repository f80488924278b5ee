/* Texts by number: each different one once, numbered in order of first appearance. */
#ifndef REPORTS_TEXT_NUMBERS_H
#define REPORTS_TEXT_NUMBERS_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct text_numbers {
    struct text_entry *entries;
    const char **texts; /* by number; owned by the entries */
    size_t count, room;
};

/* Gives `size` bytes their number. False with ERROR_NO_MEMORY. */
bool text_numbers_add(struct text_numbers *table, const char *bytes, size_t size, uint32_t *number,
                      struct error *err);

/* The same for a string. */
bool text_numbers_add_string(struct text_numbers *table, const char *text, uint32_t *number,
                             struct error *err);

void text_numbers_release(struct text_numbers *table);

#endif
