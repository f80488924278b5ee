/* What the tables of a page are made of. Numbers carry their exact value beside the text. */
#ifndef REPORTS_HTML_CELLS_H
#define REPORTS_HTML_CELLS_H

#include "analyzer/result.h"
#include "reports/units.h"

#include <stdint.h>
#include <stdio.h>

/* A table has at most so many rows: result.json and the CSV tables have them all. */
enum { HTML_ROWS_MAX = 300, HTML_SOURCES_MAX = 16 };

/*
 * Begins a table that sorts by its heads, which are a list that ends with NULL; the first is of the
 * rows. `sorted` is the head by which the rows come in falling order, counted from 0; -1: none.
 */
void html_begin_table(FILE *out, const char *caption, const char *const heads[], int sorted);
void html_end_table(FILE *out, size_t left_out); /* says how many rows were */

/* A cell whose text is rounded and whose value is not; what is unknown sorts below everything. */
void html_put_number(FILE *out, struct unit_text text, double value);
void html_put_bytes(FILE *out, uint64_t bytes);
void html_put_count(FILE *out, uint64_t count);
void html_put_time(FILE *out, uint64_t ns);
void html_put_percent(FILE *out, double fraction);

/* A name and what it is, in a <dl class="facts">. */
void html_put_fact(FILE *out, const char *name, const char *text);

/* "app.exe (100) #1 0x10000"; without `heap` the process, without `process` the whole trace. */
void html_put_heap_name(const struct process_result *process, const struct heap_result *heap,
                        FILE *out);

#endif
