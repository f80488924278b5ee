/*
 * A saved result with call stacks, hostile names among them: what checks of exports read from
 * standard output, and, as reports in a folder, what check_golden.sh keeps.
 */
#include "reports/reports.h"
#include "tests/result_stacks.h"

#include <stdlib.h>

static bool write_reports(const struct report *report, const char *folder, struct error *err)
{
    static struct output_dir dir;
    bool is_fine =
        output_dir_open(&dir, folder, true, err) && report_text_write_files(report, &dir, err) &&
        report_json_write_files(report, &dir, err) && report_csv_write_files(report, &dir, err);
    output_dir_close(&dir);
    return is_fine;
}

int main(int argc, char **argv)
{
    struct result result;
    struct error err = { 0 };
    const struct report report = { .build = &result };
    fixture_stacks(&result);
    bool is_fine = argc == 2 ? write_reports(&report, argv[1], &err)
                             : report_json_write(&report, stdout, &err);
    if (!is_fine)
        fprintf(stderr, "%s\n", err.message);
    result_release(&result);
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
