/* One picture on its way to gnuplot: a script and its data, kept beside each other for the user. */
#ifndef REPORTS_PLOT_H
#define REPORTS_PLOT_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum picture { PICTURE_SVG, PICTURE_PNG };

/* Pixels of a picture's canvas; a wide one spans both columns of the page. */
enum { PLOT_WIDTH = 560, PLOT_HEIGHT = 340, PLOT_WIDE_WIDTH = 1120 };

/* Names of files are made of our own words and numbers, never of text from the trace. */
enum { PLOT_NAME_SIZE = 96 };

/*
 * Colours that colour-blind readers can tell apart (Okabe and Ito, "Color Universal Design", 2008).
 * page.css knows these very values and replaces them on a dark page.
 */
#define PLOT_BLUE "'#0072b2'"
#define PLOT_VERMILION "'#d55e00'"
#define PLOT_GREEN "'#009e73'"
#define PLOT_PURPLE "'#cc79a7'"
#define PLOT_ORANGE "'#e69f00'"
#define PLOT_SKY "'#56b4e9'"
#define PLOT_INK "'#24292f'"
#define PLOT_GREY "'#8c959f'"
#define PLOT_FAINT "'#d0d7de'"

struct plot {
    FILE *script;
    FILE *data;
    char name[PLOT_NAME_SIZE]; /* of the files, without extension */
    enum picture picture;
};

/*
 * Opens NAME.gp and NAME.dat in `directory` and writes what all pictures share; the script names
 * them and NAME.svg (or .png) without a folder, so it is to be run there. False fills `err`.
 */
bool plot_begin(struct plot *plot, const char *directory, const char *name, enum picture picture,
                bool is_wide, struct error *err);

/* Closes both files. False with ERROR_IO when either could not be written whole. */
bool plot_end(struct plot *plot, struct error *err);

/* A line of the script, and what goes into the data file. */
void plot_script(struct plot *plot, const char *format, ...) PRINTF_LIKE(2, 3);
void plot_data(struct plot *plot, const char *format, ...) PRINTF_LIKE(2, 3);

/* Begins the next data set of the data file, `index` 0, 1, … in the script. */
void plot_next_data(struct plot *plot);

/* Writes a number to the data file; what is unknown becomes NaN, which gnuplot leaves out. */
void plot_data_number(struct plot *plot, double number);

/*
 * The axis of time: from `from_ns` to `to_ns`, labelled in a unit that suits. The script's variable
 * `time_unit` is that unit in nanoseconds; so is what is returned.
 */
double plot_time_axis(struct plot *plot, uint64_t from_ns, uint64_t to_ns);

/* The same for times that count from `origin`, our own text, and not from the trace's begin. */
double plot_time_axis_since(struct plot *plot, uint64_t from_ns, uint64_t to_ns,
                            const char *origin);

/*
 * A linear axis from 0 to a little over `largest`, in bytes or in counts, in a unit that suits.
 * `axis` is "y" or "y2"; the script's variable AXIS_unit is that unit. `label` is our own text.
 */
void plot_bytes_axis(struct plot *plot, const char *axis, const char *label, double largest);
void plot_count_axis(struct plot *plot, const char *axis, const char *label, double largest);

/*
 * Tics of an axis whose values are log2 of bytes, or of nanoseconds, from `low` to `high`: "4 KiB",
 * "1 ms". Sets the range too.
 */
void plot_log2_bytes_axis(struct plot *plot, const char *axis, double low, double high);
void plot_log2_time_axis(struct plot *plot, const char *axis, double low, double high);

#endif
