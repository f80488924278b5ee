/* Fuzzes how every report shows names: the bytes become the names in a result. */
#include "tests/fuzz/target.h"

#include "reports/reports.h"
#include "tests/fuzz/output_checks.h"
#include "tests/result_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 3 };

/* Strings of the bytes between NULs. */
struct names {
    char *text; /* owned */
    const char *list[NAMES];
};

static struct names names_of(const uint8_t *data, size_t size)
{
    struct names names = { .text = malloc(size + NAMES) };
    FUZZ_PROMISE(names.text);
    memcpy(names.text, data, size);
    memset(names.text + size, 0, NAMES);
    const char *at = names.text;
    for (size_t i = 0; i < NAMES; i++) {
        names.list[i] = at;
        if (at < names.text + size)
            at += strlen(at) + 1;
    }
    return names;
}

static void rename_text(char **text, const char *name)
{
    free(*text);
    *text = strdup(name);
    FUZZ_PROMISE(*text);
}

static void rename_all(struct result *result, const struct names *names)
{
    rename_text(&result->path, names->list[0]);
    for (size_t i = 0; i < result->process_count; i++)
        rename_text(&result->processes[i].image, names->list[1 + i % 2]);
}

/* The first byte chooses the format; the rest are names with NULs between. */
void fuzz_names(const uint8_t *data, size_t size)
{
    static const char *const formats[] = { "text", "csv", "json", "html" };
    if (size == 0)
        return;
    /* A page takes longest, because its charts are files even without gnuplot. */
    const char *format = formats[data[0] < 250 ? data[0] % 3 : 3];
    setenv("PATH", "/nonexistent", 1);
    struct names names = names_of(data + 1, size - 1);
    struct result result;
    struct error err = { 0 };
    char *text = NULL;
    size_t written = 0;
    fixture_rich(&result);
    rename_all(&result, &names);
    FILE *out = open_memstream(&text, &written);
    FUZZ_PROMISE(out);
    FUZZ_PROMISE(
        report_format_find(format)->write(&(struct report){ .build = &result }, out, &err));
    fclose(out);
    check_output(format, text, written);
    free(text);
    result_release(&result);
    free(names.text);
}
