/* The formats of a report, and what all of them share. */
#include "reports/reports.h"

#include <errno.h>
#include <string.h>

const struct report_format report_formats[] = {
    { "text", "txt", report_text_write, report_text_write_files, true },
    { "json", "json", report_json_write, report_json_write_files, false },
    { "csv", "csv", report_csv_write, report_csv_write_files, false },
    { "html", "html", report_html_write, report_html_write_files, false },
};
const size_t report_format_count = sizeof report_formats / sizeof report_formats[0];

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < report_format_count; i++)
        if (strcmp(report_formats[i].name, name) == 0)
            return &report_formats[i];
    return NULL;
}

bool report_end(FILE *out, struct error *err)
{
    if (fflush(out) == 0 && !ferror(out))
        return true;
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write the report: %s",
                     errno ? strerror(errno) : "the stream failed");
}

bool report_write_file(const struct report *report, struct output_dir *dir, const char *name,
                       bool (*write)(const struct report *report, FILE *out, struct error *err),
                       struct error *err)
{
    struct output_file file;
    return output_begin(&file, dir, name, err) &&
           output_end(&file, write(report, file.out, err), err);
}
