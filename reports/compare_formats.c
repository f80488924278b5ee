/* The formats of a comparison. */
#include "reports/compare_report.h"

const struct compare_format compare_formats[] = {
    { "text", "compare.txt", compare_text_write, NULL, false },
    { "json", "compare.json", compare_json_write, NULL, false },
    { "csv", "compare.csv", compare_csv_write, compare_csv_write_files, false },
    { "html", "compare.html", compare_html_write, compare_html_write_files, true },
};
const size_t compare_format_count = sizeof compare_formats / sizeof compare_formats[0];
