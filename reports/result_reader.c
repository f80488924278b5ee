/* Reads saved results back. */
#include "reports/result_reader.h"

#include "reports/curves_reader.h"
#include "reports/measures_reader.h"
#include "reports/merged_reader.h"
#include "reports/stacks_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VERSION_MAX = 1 };

static bool read_heap(const json_t *object, struct heap_result *out, struct error *err)
{
    const char *handle;
    if (!json_get_string(object, "handle", &handle, err) ||
        !json_get_u32(object, "ordinal", &out->ordinal, err) ||
        !json_get_bool(object, "created_in_trace", &out->created_in_trace, err) ||
        (out->created_in_trace && !json_get_u32(object, "flags", &out->flags, err)))
        return false;
    out->destroyed_ns = RESULT_UNKNOWN;
    return measures_read(object, &out->measures, err);
}

static bool read_process(const json_t *object, struct process_result *out, struct error *err)
{
    const json_t *heaps, *image = json_at(object, "image");
    if (!json_get_u32(object, "pid", &out->pid, err) ||
        !json_get_list(object, "heaps", &heaps, err))
        return false;
    if (!json_is_null(image) && !json_is_string(image))
        return json_wrong("image", err);
    if (json_is_string(image))
        out->image = strdup(json_string_value(image));
    size_t count = json_array_size(heaps);
    out->heaps = calloc(count + 1, sizeof *out->heaps);
    if (!out->heaps || (json_is_string(image) && !out->image))
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a result");
    out->start_ns = out->end_ns = RESULT_UNKNOWN;
    if (!measures_read(json_at(object, "totals"), &out->totals, err))
        return false;
    while (out->heap_count < count) {
        size_t i = out->heap_count++;
        if (!read_heap(json_array_get(heaps, i), &out->heaps[i], err))
            return false;
    }
    return true;
}

/* Anomalies that this version does not know are as grave as they say they are. */
static bool read_anomaly(const json_t *object, struct anomalies *out, struct error *err)
{
    const char *name, *severity;
    uint64_t count;
    if (!json_get_string(object, "name", &name, err) ||
        !json_get_string(object, "severity", &severity, err) ||
        !json_get_u64(object, "count", &count, err))
        return false;
    int which = 0;
    while (which < ANOMALY_COUNT && strcmp(anomaly_infos[which].name, name) != 0)
        which++;
    if (which == ANOMALY_COUNT && strcmp(severity, severity_name(SEVERITY_DATA_LOSS)) == 0)
        which = ANOMALY_events_lost;
    if (which < ANOMALY_COUNT)
        anomaly_add(out, (enum anomaly)which, count, ERROR_NO_OFFSET);
    return true;
}

static bool read_trace(const json_t *root, struct result *out, struct error *err)
{
    const json_t *anomalies;
    bool is_fine = json_get_u64(root, "trace.events", &out->trace.events, err) &&
                   json_get_u64(root, "trace.heap_events", &out->trace.heap_events, err) &&
                   json_get_list(root, "trace.anomalies", &anomalies, err);
    for (size_t i = 0; is_fine && i < json_array_size(anomalies); i++)
        is_fine = read_anomaly(json_array_get(anomalies, i), &out->anomalies, err);
    return is_fine;
}

static bool read_result(const json_t *root, struct result *out, struct error *err)
{
    const json_t *processes;
    if (!read_trace(root, out, err) || !json_get_list(root, "processes", &processes, err) ||
        !measures_read(json_at(root, "totals"), &out->totals, err))
        return false;
    size_t count = json_array_size(processes);
    out->processes = calloc(count + 1, sizeof *out->processes);
    if (!out->processes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a result");
    while (out->process_count < count) {
        size_t i = out->process_count++;
        if (!read_process(json_array_get(processes, i), &out->processes[i], err))
            return false;
    }
    return stacks_read(root, count, &out->stacks, err);
}

static bool check_version(const json_t *root, bool *is_merged, struct error *err)
{
    const char *schema;
    uint64_t version;
    if (!json_get_string(root, "schema", &schema, err))
        return false;
    *is_merged = strcmp(schema, "heapfrag.merged") == 0;
    if (!*is_merged && strcmp(schema, "heapfrag.result") != 0)
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                         "not a result of heapfrag: its schema is '%.60s'", schema);
    if (!json_get_u64(root, "version", &version, err))
        return false;
    if (version == 0 || version > VERSION_MAX)
        return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                         "written by a newer heapfrag: its version is %llu, this program reads up "
                         "to %d",
                         (unsigned long long)version, VERSION_MAX);
    return true;
}

bool result_add(const struct result *result, const struct result_sums *sums, struct error *err)
{
    return merged_add_result(sums->merged, result, err) &&
           (!sums->stacks || stack_matching_add(sums->stacks, sums->side, result, err));
}

/* `kept` NULL: nothing is. */
static bool add(const json_t *root, const struct result_sums *sums, struct result *kept,
                struct error *err)
{
    bool is_merged;
    if (!check_version(root, &is_merged, err))
        return false;
    if (is_merged) {
        struct merged merged = { 0 };
        bool is_fine = merged_read(root, &merged, err) && merged_add(sums->merged, &merged, err);
        merged_release(&merged);
        return is_fine;
    }
    struct result result = { 0 };
    bool is_fine = read_result(root, &result, err) && result_add(&result, sums, err) &&
                   (!kept || curves_read(root, &result, err));
    if (is_fine && kept)
        *kept = result;
    else
        result_release(&result);
    return is_fine;
}

static bool read_one(const char *text, size_t size, bool wants_curves, struct result *out,
                     struct error *err)
{
    bool is_merged = false;
    *out = (struct result){ 0 };
    json_t *root = json_parse(text, size, err);
    bool is_fine = root && check_version(root, &is_merged, err);
    if (is_fine && is_merged)
        is_fine = error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                            "the results of several traces, not of one");
    is_fine =
        is_fine && read_result(root, out, err) && (!wants_curves || curves_read(root, out, err));
    json_decref(root);
    if (!is_fine)
        result_release(out);
    return is_fine;
}

bool result_read_one(const char *text, size_t size, struct result *out, struct error *err)
{
    return read_one(text, size, false, out, err);
}

static bool read_and_add(const char *text, size_t size, const struct result_sums *sums,
                         struct result *kept, struct error *err)
{
    json_t *root = json_parse(text, size, err);
    bool is_fine = root && add(root, sums, kept, err);
    json_decref(root);
    return is_fine;
}

bool result_read(const char *text, size_t size, const struct result_sums *sums, struct error *err)
{
    return read_and_add(text, size, sums, NULL, err);
}

/* Of a pipe nothing can be read but once, and that is for the trace it may be. */
bool result_is_saved(const char *path)
{
    struct stat status;
    bool is_file = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *in = is_file ? fopen(path, "rbe") : NULL;
    int letter = ' ';
    while (in && (letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r'))
        letter = getc(in);
    if (in)
        fclose(in);
    return letter == '{';
}

static bool too_large(struct error *err)
{
    return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                     "a saved result may have up to %d MiB; merge fewer results into one",
                     RESULT_FILE_MAX >> 20);
}

/* All of a stream; NULL fills `err`. */
static char *read_all(FILE *in, size_t *size, struct error *err)
{
    enum { STEP = 1 << 16 };
    char *text = NULL;
    size_t room = 0;
    *size = 0;
    do {
        if (room - *size < STEP) {
            room = 2 * room + STEP;
            char *grown = room <= 2 * (size_t)RESULT_FILE_MAX ? realloc(text, room) : NULL;
            if (!grown) {
                error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the file");
                free(text);
                return NULL;
            }
            text = grown;
        }
        *size += fread(text + *size, 1, STEP, in);
    } while (!feof(in) && !ferror(in) && *size <= RESULT_FILE_MAX);
    if (!ferror(in) && *size <= RESULT_FILE_MAX)
        return text;
    if (ferror(in))
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot read: %s", strerror(errno));
    else
        too_large(err);
    free(text);
    return NULL;
}

/* What is told by its size need not be read. */
static bool has_right_size(FILE *in, struct error *err)
{
    struct stat status;
    if (fstat(fileno(in), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= RESULT_FILE_MAX)
        return true;
    return too_large(err);
}

/* All of a file; NULL fills `err`. */
static char *read_path(const char *path, size_t *size, struct error *err)
{
    FILE *in = fopen(path, "rbe");
    if (!in) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot open: %s", strerror(errno));
        return NULL;
    }
    char *text = has_right_size(in, err) ? read_all(in, size, err) : NULL;
    fclose(in);
    return text;
}

static bool name_result(struct result *result, const char *path, struct error *err)
{
    result->path = strdup(path);
    return result->path || error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a name");
}

bool result_read_file(const char *path, const struct result_sums *sums, struct result *kept,
                      struct error *err)
{
    size_t size;
    char *text = read_path(path, &size, err);
    bool is_fine = text && read_and_add(text, size, sums, kept, err);
    free(text);
    return is_fine && (!kept || !kept->processes || name_result(kept, path, err));
}

bool result_read_file_one(const char *path, struct result *out, struct error *err)
{
    size_t size;
    char *text = read_path(path, &size, err);
    *out = (struct result){ 0 };
    bool is_fine = text && read_one(text, size, true, out, err) && name_result(out, path, err);
    free(text);
    if (!is_fine)
        result_release(out);
    return is_fine;
}
