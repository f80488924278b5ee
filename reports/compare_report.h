/*
 * Reports of two builds: a comparison in, text, JSON, CSV or a page out. What reports.h says of
 * reports holds for these.
 */
#ifndef REPORTS_COMPARE_REPORT_H
#define REPORTS_COMPARE_REPORT_H

#include "analyzer/comparison.h"
#include "analyzer/stack_match.h"
#include "reports/output.h"
#include "reports/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One run that stands for its build in charts; all is the caller's. */
struct compare_run {
    const struct result *result; /* NULL: there is none */
    size_t among;                /* runs of which its live peak is the median */
};

struct compare_report {
    const struct comparison *comparison; /* the caller's */
    const struct stack_matching *stacks; /* the caller's; finished */
    struct compare_run base_run, now_run;
    size_t top; /* heaps and processes that text shows */
    bool is_colored;
};

struct compare_format {
    const char *name;      /* for --format */
    const char *file_name; /* in the folder of -o */
    bool (*write)(const struct compare_report *report, FILE *out, struct error *err);
    /* Writes file_name and what belongs beside it; NULL: only that, with `write`. */
    bool (*write_files)(const struct compare_report *report, struct output_dir *dir,
                        struct error *err);
    bool has_charts; /* it needs runs, not only their numbers */
};

/* The first, text, is the default and for terminals. */
extern const struct compare_format compare_formats[];
extern const size_t compare_format_count;

bool compare_text_write(const struct compare_report *report, FILE *out, struct error *err);
bool compare_json_write(const struct compare_report *report, FILE *out, struct error *err);
bool compare_csv_write(const struct compare_report *report, FILE *out, struct error *err);
/* A page with charts, which are drawn in a temporary folder or stay in the folder charts. */
bool compare_html_write(const struct compare_report *report, FILE *out, struct error *err);
bool compare_html_write_files(const struct compare_report *report, struct output_dir *dir,
                              struct error *err);

/* compare_csv.c: compare.csv, and compare_stacks.csv if both builds have call stacks */
bool compare_csv_write_files(const struct compare_report *report, struct output_dir *dir,
                             struct error *err);

/* ---- compare_rows.c: what people are shown of a comparison, and how ---- */

/* The changes of a scope that matter: gated ones, clear ones, and the figures that all ask for. */
struct compare_rows {
    const struct change **list; /* worst first; owned */
    size_t count;
    size_t regressed; /* of them */
    size_t hidden;    /* other changes that differ */
    bool is_over;     /* nothing was live when the traces ended: no headline is of the end */
};
bool compare_rows_make(const struct comparison *comparison, size_t scope, struct compare_rows *out,
                       struct error *err);
void compare_rows_release(struct compare_rows *rows);

/* Whether people are shown that scope: those that only repeat what another says are not. */
bool compare_scope_is_shown(const struct comparison *comparison, size_t scope);

/* A value of that metric, in its unit: "1.50 MiB", "12.0 %". */
struct unit_text compare_value_text(const struct metric *metric, double value);

/* "worse +12.3%", "better -1.0 pt", "~", "? +3.0%", "n/c". */
struct unit_text compare_change_text(const struct change *change);

/* "0.008"; "-" when it means nothing. After Holm's correction where that applies. */
struct unit_text compare_p_text(const struct change *change);

/* Sentences about the comparison as a whole; the longest has COMPARE_SENTENCE_SIZE bytes. */
enum { COMPARE_SENTENCE_SIZE = 400 };
void compare_say_verdict(const struct comparison *comparison, char out[COMPARE_SENTENCE_SIZE]);
void compare_say_significance(const struct comparison *comparison, char out[COMPARE_SENTENCE_SIZE]);
void compare_say_work(const struct comparison *comparison, char out[COMPARE_SENTENCE_SIZE]);
void compare_say_gate(const struct comparison *comparison, size_t gate,
                      char out[COMPARE_SENTENCE_SIZE]);
extern const char compare_matching_sentence[], compare_loss_sentence[], compare_volume_sentence[];
extern const char compare_over_sentence[]; /* of is_over */

#endif
