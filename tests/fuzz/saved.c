/* Fuzzes the reading of saved results, of one trace and of many. */
#include "tests/fuzz/target.h"

#include "reports/merged_json.h"
#include "reports/result_reader.h"

#include <stdlib.h>
#include <string.h>

/* What was read, written as a sum; to be freed. */
static char *write_merged(const struct merged *merged, size_t *size)
{
    char *text = NULL;
    struct error err = { 0 };
    FILE *out = open_memstream(&text, size);
    FUZZ_PROMISE(out && merged_json_write(merged, out, &err));
    fclose(out);
    return text;
}

/* A sum that was written is read, and written again it is the same. */
static void check_again(const char *text, size_t size)
{
    struct merged again = { 0 };
    struct error err = { 0 };
    size_t size_again;
    bool is_read = result_read(text, size, &(struct result_sums){ .merged = &again }, &err);
    if (!is_read)
        fprintf(stderr, "%s\n", err.message);
    FUZZ_PROMISE(is_read);
    merged_finish(&again);
    char *text_again = write_merged(&again, &size_again);
    FUZZ_PROMISE(size_again == size && memcmp(text, text_again, size) == 0);
    free(text_again);
    merged_release(&again);
}

static void check_refusal(const struct error *err)
{
    FUZZ_PROMISE(err->code != ERROR_NONE && err->code != ERROR_INTERNAL && err->message[0]);
}

/* Against itself, as `compare` does. */
static void match_stacks(const char *text, size_t size)
{
    enum { TOP = 3 };
    struct merged merged = { 0 };
    struct stack_matching stacks = { 0 };
    struct error err = { 0 };
    struct result_sums sums = { .merged = &merged, .stacks = &stacks };
    bool is_read = result_read(text, size, &sums, &err);
    sums.side = STACK_SIDE_NOW;
    is_read = is_read && result_read(text, size, &sums, &err);
    FUZZ_PROMISE(is_read && stack_matching_finish(&stacks, TOP, &err));
    FUZZ_PROMISE(stacks.runs[STACK_SIDE_BASE] == stacks.runs[STACK_SIDE_NOW]);
    for (size_t weight = 0; weight < STACK_WEIGHT_COUNT; weight++)
        FUZZ_PROMISE(stacks.worst_count[weight] == 0);
    stack_matching_release(&stacks);
    merged_release(&merged);
}

void fuzz_saved(const uint8_t *data, size_t size)
{
    struct merged merged = { 0 };
    struct error err = { 0 };
    struct result_sums sums = { .merged = &merged };
    if (!result_read((const char *)data, size, &sums, &err)) {
        check_refusal(&err);
        merged_release(&merged);
        return;
    }
    size_t written;
    merged_finish(&merged);
    char *text = write_merged(&merged, &written);
    check_again(text, written);
    free(text);
    merged_release(&merged);
    match_stacks((const char *)data, size);
}
