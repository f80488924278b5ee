/* What the tables of a page are made of. Numbers carry their exact value beside the text. */
#include "reports/html_cells.h"
#include "reports/escape.h"
#include "reports/names.h"

#include <inttypes.h>
#include <math.h>

void html_put_number(FILE *out, struct unit_text text, double value)
{
    if (isfinite(value))
        fprintf(out, "<td class=\"n\" data-v=\"%.17g\">%s</td>", value, text.text);
    else
        fprintf(out, "<td class=\"n\">%s</td>", text.text);
}

static double number_of(uint64_t value)
{
    return value == RESULT_UNKNOWN ? NAN : (double)value;
}

void html_put_bytes(FILE *out, uint64_t bytes)
{
    html_put_number(out, units_bytes(bytes), number_of(bytes));
}

void html_put_count(FILE *out, uint64_t count)
{
    html_put_number(out, units_count(count), number_of(count));
}

void html_put_time(FILE *out, uint64_t ns)
{
    html_put_number(out, units_time(ns), number_of(ns));
}

void html_put_percent(FILE *out, double fraction)
{
    html_put_number(out, units_percent(fraction), fraction);
}

void html_begin_table(FILE *out, const char *caption, const char *const heads[], int sorted)
{
    fprintf(out,
            "<div class=\"scroll rows\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
            "<table class=\"sortable\"><caption>%s</caption>\n<thead><tr>",
            caption, caption);
    for (int i = 0; heads[i]; i++)
        fprintf(out, "<th scope=\"col\"%s>%s</th>", i == sorted ? " aria-sort=\"descending\"" : "",
                heads[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_end_table(FILE *out, size_t left_out)
{
    fputs("</tbody></table></div>\n", out);
    if (left_out > 0)
        fprintf(out, "<p class=\"none\">%zu more rows are in the CSV tables and result.json.</p>\n",
                left_out);
}

void html_put_heap_name(const struct process_result *process, const struct heap_result *heap,
                        FILE *out)
{
    char label[LABEL_SIZE];
    heap_label(label, (struct heap_name){ process, heap, true }, LABEL_COLUMNS);
    escape_html(out, label);
}

void html_put_fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    escape_html(out, text);
    fputs("</dd></div>\n", out);
}
