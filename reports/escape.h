/*
 * Text from a trace on its way out. A process can call itself anything, so every format has one
 * function through which all text goes; JSON's is jsonw_string (json_writer.h).
 */
#ifndef REPORTS_ESCAPE_H
#define REPORTS_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/*
 * For terminals: what utf8_is_deceptive names becomes "\u{202e}", bytes that are not UTF-8 "\xff".
 * Writes at most `columns_max` columns to `out` (which then ends with "…" if something was cut) and
 * never more than `out_size` bytes with the NUL. Returns the columns written.
 */
size_t escape_terminal(char *out, size_t out_size, const char *text, size_t columns_max);

/*
 * One field of a CSV file (RFC 4180), quoted where it must be. Text that a spreadsheet would run as
 * a formula gets an apostrophe in front; deceptive characters are written as for terminals.
 */
void escape_csv(FILE *out, const char *text);

/* Text or attribute value of HTML; deceptive characters are written as for terminals. */
void escape_html(FILE *out, const char *text);

#endif
