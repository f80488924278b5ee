/* The report for people: the verdict first, then how far to trust it, then the numbers. */
#include "reports/text_sections.h"

enum { STACKS_SHOWN = 3 }; /* by each weight, if --top does not say: a stack takes ten lines */

bool report_text_write(const struct report *report, FILE *out, struct error *err)
{
    const struct text_page page = { .out = out, .is_colored = report->is_colored };
    const struct result *result = report->build;
    size_t top = report->top ? report->top : REPORT_TOP_DEFAULT;
    text_title(&page, result);
    text_warnings(&page, result);
    if (!text_verdict(&page, result, err))
        return false;
    text_trace_quality(&page, result);
    if (result->process_count > 0) {
        if (!text_heaps(&page, result, top, err) || !text_reallocs(&page, result, top, err) ||
            !text_fragmentation(&page, result, top, err) ||
            !text_stacks(&page, result, report->top ? report->top : STACKS_SHOWN, err))
            return false;
        text_sources(&page, &result->totals);
        text_sizes(&page, &result->totals);
        text_lifetimes(&page, &result->totals);
        text_method(&page);
    }
    return report_end(out, err);
}

bool report_text_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    return report_write_file(report, dir, "report.txt", report_text_write, err);
}
