/*
 * Reports: a result in, text, JSON, CSV or a page out.
 *
 * Equal results give equal bytes: no clock, no locale, no order of hashing, no pointer reaches an
 * output. All text from the trace is hostile and goes through the escape function of its format.
 */
#ifndef REPORTS_REPORTS_H
#define REPORTS_REPORTS_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { REPORT_TOP_DEFAULT = 10 };

/* What a report shows, and how. */
struct report {
    const struct result *build; /* the caller's */
    size_t top;                 /* heaps that a list for people shows; 0 is REPORT_TOP_DEFAULT */
    bool is_colored;            /* text with terminal colours */
    bool wants_png;             /* charts as PNG files beside the SVG ones */
};

/*
 * One way to write a report. Formats are listed in formats.c and nowhere else: nothing asks which
 * format it has.
 */
struct report_format {
    const char *name;      /* for --format */
    const char *extension; /* without the dot */
    /* Writes it all to `out`, which stays open. False with ERROR_IO when `out` fails. */
    bool (*write)(const struct report *report, FILE *out, struct error *err);
    /* Writes the files of this format into `dir`. */
    bool (*write_files)(const struct report *report, struct output_dir *dir, struct error *err);
    bool is_for_terminal; /* `report -o DIR` prints it instead of writing its files */
};

/* The first is the default. */
extern const struct report_format report_formats[];
extern const size_t report_format_count;

/* The format of that name, or NULL. */
const struct report_format *report_format_find(const char *name);

/* report_text.c: for people, at most 80 columns wide, the verdict first. */
bool report_text_write(const struct report *report, FILE *out, struct error *err);
bool report_text_write_files(const struct report *report, struct output_dir *dir,
                             struct error *err); /* report.txt */

/* report_json.c: the whole result, one object; its schema is result.schema.json. */
bool report_json_write(const struct report *report, FILE *out, struct error *err);
bool report_json_write_files(const struct report *report, struct output_dir *dir,
                             struct error *err); /* result.json */

/* report_csv.c: on a stream one long table, a row a number; as files a table a subject. */
bool report_csv_write(const struct report *report, FILE *out, struct error *err);
bool report_csv_write_files(const struct report *report, struct output_dir *dir,
                            struct error *err); /* heaps.csv, levels.csv, … */

/*
 * report_html.c: a page with everything in it. Its charts are drawn by gnuplot; without that it has
 * all but them. On a stream they are drawn in a temporary folder (TMPDIR).
 */
bool report_html_write(const struct report *report, FILE *out, struct error *err);
bool report_html_write_files(const struct report *report, struct output_dir *dir,
                             struct error *err); /* report.html, charts/ */

/* Writes one file of `dir` with `write`: what formats of one file do. */
bool report_write_file(const struct report *report, struct output_dir *dir, const char *name,
                       bool (*write)(const struct report *report, FILE *out, struct error *err),
                       struct error *err);

/* Ends what is written on `out`: flushes it, and says if anything since its start did not work. */
bool report_end(FILE *out, struct error *err);

#endif
