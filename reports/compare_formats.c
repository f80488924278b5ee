/* The formats of a comparison. */
#include "reports/compare_report.h"

const struct compare_format compare_formats[] = {
    { "text", "compare.txt", compare_text_write },
    { "json", "compare.json", compare_json_write },
    { "csv", "compare.csv", compare_csv_write },
    { "html", "compare.html", compare_html_write },
};
const size_t compare_format_count = sizeof compare_formats / sizeof compare_formats[0];
