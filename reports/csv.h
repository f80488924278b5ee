/* Rows and tables of CSV (RFC 4180, with plain line feeds). */
#ifndef REPORTS_CSV_H
#define REPORTS_CSV_H

#include "analyzer/result.h"

#include "decoder/error.h"
#include "reports/output.h"

#include <stdbool.h>
#include <stdio.h>

/* What a row is about: one heap; all heaps of a process (`heap` NULL); the trace (both NULL). */
struct csv_scope {
    const struct process_result *process;
    const struct heap_result *heap;
    const struct measures *measures;
};

/* The names of the columns that csv_put_scope writes. */
#define CSV_SCOPE_COLUMNS "process,pid,heap,handle"

void csv_put_scope(FILE *out, const struct csv_scope *scope);

/* A further field of a row, comma first. Unknown is an empty field. */
void csv_put_u64(FILE *out, uint64_t value);
void csv_put_u64_or_empty(FILE *out, uint64_t value); /* empty if RESULT_UNKNOWN */
void csv_put_double(FILE *out, double value);         /* empty if not finite */
void csv_put_address(FILE *out, uint64_t address);
void csv_put_name(FILE *out, const char *name); /* one of ours: needs no escapes */

/* A table that has rows about each scope. */
struct csv_table {
    const char *file_name;
    const char *columns; /* behind CSV_SCOPE_COLUMNS, comma first */
    void (*put_rows)(FILE *out, const struct csv_scope *scope);
};
extern const struct csv_table csv_tables[];
extern const size_t csv_table_count;

/*
 * csv_stacks.c: stacks.csv, a row a stack, and frames.csv, a row a function. None for a
 * trace without stacks.
 */
bool csv_stacks_write(const struct result *result, struct output_dir *dir, struct error *err);

#endif
