/* A page of plain text: headings, wrapped paragraphs, aligned tables; at most 80 columns. */
#ifndef REPORTS_TEXT_PAGE_H
#define REPORTS_TEXT_PAGE_H

#include "decoder/error.h"
#include "reports/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_COLUMNS = 80 };

struct text_page {
    FILE *out; /* the caller's */
    bool is_colored;
};

void text_heading(const struct text_page *page, const char *title);

/*
 * Words of `text`, which is safe for a terminal, in lines of at most TEXT_COLUMNS: the first begins
 * with `lead` (ASCII), those after it with as many blanks. What has no blanks is broken where the
 * line ends. Returns how many lines it took.
 */
size_t text_paragraph(const struct text_page *page, const char *lead, const char *text);

/* The same, formatted; what passes TEXT_SAY_MAX bytes is cut. */
size_t text_say(const struct text_page *page, const char *lead, const char *format, ...)
    PRINTF_LIKE(3, 4);
enum { TEXT_SAY_MAX = 1023 };

/* The same, as something nobody may miss. */
void text_alarm(const struct text_page *page, const char *text);

enum { TABLE_COLUMNS_MAX = 10, TABLE_CELL_SIZE = 180 };

/*
 * A table is filled cell by cell, row by row, then printed once. Its first column is text and goes
 * left, the others are numbers and go right. Columns are as wide as their widest cell; what would
 * pass TEXT_COLUMNS is cut from the first column.
 */
struct text_table {
    const char *const *titles; /* one a column; the caller's */
    size_t column_count;
    char (*cells)[TABLE_CELL_SIZE]; /* row by row; owned */
    size_t cell_count, cell_room;
    bool is_out_of_memory;
};

struct text_table text_table_of(const char *const *titles, size_t column_count);
/* `text` is safe for a terminal; too long a one is cut. */
void text_table_add(struct text_table *table, const char *text);
void text_table_add_unit(struct text_table *table, struct unit_text text);
/* Prints the table, frees it; says so if there was no memory for it. */
void text_table_end(struct text_table *table, const struct text_page *page);

#endif
