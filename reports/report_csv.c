/* A result as CSV: one long table on a stream, or a file a subject. */
#include "analyzer/metric_list.h"
#include "reports/csv.h"
#include "reports/escape.h"
#include "reports/number.h"
#include "reports/reports.h"

static void put_text(FILE *out, const char *text, const char *end)
{
    putc(',', out);
    fwrite(text, 1, (size_t)(end - text), out);
}

void csv_put_u64(FILE *out, uint64_t value)
{
    char text[DECIMAL_MAX];
    put_text(out, text, put_decimal(text, value));
}

void csv_put_u64_or_empty(FILE *out, uint64_t value)
{
    if (value == RESULT_UNKNOWN)
        putc(',', out);
    else
        csv_put_u64(out, value);
}

void csv_put_double(FILE *out, double value)
{
    char text[NUMBER_TEXT_SIZE];
    size_t length = double_text(text, value);
    put_text(out, text, text + length);
}

void csv_put_address(FILE *out, uint64_t address)
{
    char text[ADDRESS_MAX];
    put_text(out, text, put_address(text, address));
}

void csv_put_name(FILE *out, const char *name)
{
    putc(',', out);
    fputs(name, out);
}

void csv_put_scope(FILE *out, const struct csv_scope *scope)
{
    if (scope->process && scope->process->image)
        escape_csv(out, scope->process->image);
    csv_put_u64_or_empty(out, scope->process ? scope->process->pid : RESULT_UNKNOWN);
    csv_put_u64_or_empty(out, scope->heap ? scope->heap->ordinal : RESULT_UNKNOWN);
    if (scope->heap)
        csv_put_address(out, scope->heap->handle);
    else
        putc(',', out);
}

/* Calls `put` for the trace, then for each process and its heaps. */
static void for_each_scope(const struct result *result, FILE *out,
                           void (*put)(FILE *out, const struct csv_scope *scope))
{
    put(out, &(struct csv_scope){ .measures = &result->totals });
    for (size_t p = 0; p < result->process_count; p++) {
        const struct process_result *process = &result->processes[p];
        put(out, &(struct csv_scope){ .process = process, .measures = &process->totals });
        for (size_t h = 0; h < process->heap_count; h++) {
            const struct heap_result *heap = &process->heaps[h];
            put(out, &(struct csv_scope){ process, heap, &heap->measures });
        }
    }
}

static void put_metrics(FILE *out, const struct csv_scope *scope)
{
    for (size_t i = 0; i < metric_count; i++) {
        struct metric_value value = metric_value(&metric_list[i], scope->measures);
        if (!value.known)
            continue;
        csv_put_scope(out, scope);
        csv_put_name(out, metric_list[i].name);
        if (value.is_whole)
            csv_put_u64(out, value.whole);
        else
            csv_put_double(out, value.fraction);
        csv_put_name(out, metric_list[i].unit);
        putc('\n', out);
    }
}

bool report_csv_write(const struct report *report, FILE *out, struct error *err)
{
    fputs(CSV_SCOPE_COLUMNS ",metric,value,unit\n", out);
    for_each_scope(report->build, out, put_metrics);
    return report_end(out, err);
}

static bool write_anomalies(const struct anomalies *anomalies, struct output_dir *dir,
                            struct error *err)
{
    struct output_file file;
    if (!output_begin(&file, dir, "anomalies.csv", err))
        return false;
    fputs("name,severity,count,first_offset,meaning\n", file.out);
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        fputs(anomaly_infos[i].name, file.out);
        csv_put_name(file.out, severity_name(anomaly_infos[i].severity));
        csv_put_u64(file.out, anomalies->count[i]);
        csv_put_u64_or_empty(file.out, anomalies->first_offset[i]);
        putc(',', file.out);
        escape_csv(file.out, anomaly_infos[i].meaning);
        putc('\n', file.out);
    }
    return output_end(&file, true, err);
}

bool report_csv_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    for (size_t i = 0; i < csv_table_count; i++) {
        struct output_file file;
        if (!output_begin(&file, dir, csv_tables[i].file_name, err))
            return false;
        fprintf(file.out, CSV_SCOPE_COLUMNS "%s\n", csv_tables[i].columns);
        for_each_scope(report->build, file.out, csv_tables[i].put_rows);
        if (!output_end(&file, true, err))
            return false;
    }
    return write_anomalies(&report->build->anomalies, dir, err) &&
           csv_stacks_write(report->build, dir, err);
}
