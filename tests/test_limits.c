/* Limits with a name: each is reached, and says what to do; no memory without bytes to justify it.
 */
#include "decoder/buffer_index.h"
#include "reports/result_reader.h"
#include "tests/analysed.h"
#include "tests/report_testing.h"
#include "tests/temporary_folder.h"
#include "tests/trace_random.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is allocated (--wrap; what the C library allocates for itself does not count) ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static struct {
    size_t largest, sum; /* bytes; the sum also of what was freed again */
} asked;

static void note(size_t size)
{
    asked.largest = size > asked.largest ? size : asked.largest;
    asked.sum += size;
}

void *__wrap_malloc(size_t size)
{
    note(size);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    note(count * size);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    note(size);
    return __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return __real_strdup(text);
}

/* ---- traces ---- */

static struct etl *small_trace(enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 1024;
    options.compression = compression;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random random =
        trace_random_new(&(struct trace_random_options){ .seed = 3, .events = 40, .processes = 1 });
    trace_random_write(&random, etl);
    trace_random_release(&random);
    return etl;
}

static void expect_limit(const struct error *err, const char *text)
{
    if (err->code != ERROR_LIMIT || !strstr(err->message, text))
        fail_msg("'%s' (%d) where '%s' was wanted", err->message, err->code, text);
}

/* ---- the tests ---- */

/* Of a few KiB that claim anything, with a value at an end of its range in every 4 bytes. */
static void a_header_that_lies_gets_no_memory_for_it(void **state)
{
    enum { HEADERS = 1024, LARGEST_MAX = 1 << 20, SUM_MAX = 8 << 20 };
    static const uint32_t values[] = { 0, 0x7fffffff, UINT32_MAX, BUFFER_BYTES_MAX, 1 << 20 };
    size_t size, largest = 0, sum = 0;
    struct etl *etl = small_trace(*(enum etl_compression *)*state);
    uint8_t *trace = etl_finish(etl, &size);
    etl_builder_free(etl);
    for (size_t at = 0; at + 4 <= size && at < 2 * HEADERS; at += 4) {
        uint32_t value = values[at / 4 % (sizeof values / sizeof values[0])];
        uint64_t kept = etl_peek(trace + at, 4);
        struct result result;
        struct error err = { 0 };
        etl_poke(trace + at, value, 4);
        asked.largest = asked.sum = 0;
        if (analysed(trace, size, &result, NULL, &err))
            result_release(&result);
        largest = asked.largest > largest ? asked.largest : largest;
        sum = asked.sum > sum ? asked.sum : sum;
        etl_poke(trace + at, kept, 4);
    }
    print_message("%zu bytes: at most %zu at once, %zu in all\n", size, largest, sum);
    assert_true(largest <= LARGEST_MAX);
    assert_true(sum <= SUM_MAX);
    free(trace);
}

static void buffers_have_a_size_that_windows_gives(void **state)
{
    size_t size;
    struct result result;
    struct error err = { 0 };
    struct etl *etl = small_trace(ETL_PLAIN);
    uint8_t *trace = etl_finish(etl, &size);
    (void)state;
    etl_builder_free(etl);
    etl_poke(trace, BUFFER_BYTES_MAX + 8, 4);
    assert_false(analysed(trace, size, &result, NULL, &err));
    expect_limit(&err, "the limit is 16777216");
    free(trace);
}

static void one_buffer_of_every_cpu_has_a_limit(void **state)
{
    size_t size;
    struct etl *etl = small_trace(ETL_XPRESS);
    uint8_t *trace = etl_finish(etl, &size);
    struct source source;
    struct error err = { 0 };
    struct buffer buffer = { 0 };
    (void)state;
    source_open_memory(&source, trace, size);
    struct buffer_loader loader = { .source = &source,
                                    .compression = COMPRESSION_XPRESS,
                                    .buffer_bytes = 1024,
                                    .loaded_bytes = LOADED_BYTES_MAX - 8 };
    assert_int_equal(buffer_load(&loader, etl_buffer_offset(etl, 1), &buffer, &err), BUFFER_ERROR);
    expect_limit(&err, "one buffer of every CPU takes more than 2147483648 bytes");
    buffer_loader_release(&loader);
    etl_builder_free(etl);
    free(trace);
}

static void heaps_have_a_limit_that_a_filter_avoids(void **state)
{
    enum { LIMIT = 1 << 14 };
    size_t size;
    struct etl *etl = etl_builder_new(NULL);
    struct error err = { 0 };
    struct event_batch batch;
    (void)state;
    for (uint64_t heap = 1; heap <= LIMIT + 1; heap++)
        etl_create(etl, heap * US, heap << 16, 2, 0, 0);
    uint8_t *trace = etl_finish(etl, &size);
    etl_builder_free(etl);
    struct decoder *decoder = decoder_open_memory(trace, size, &err);
    struct analysis *analysis = analysis_new(&(struct analysis_options){ 0 }, &err);
    assert_true(decoder && analysis);
    bool is_fine = true;
    while (is_fine && decoder_next(decoder, &batch, &err) == NEXT_BATCH)
        is_fine = analysis_feed(analysis, &batch, &err);
    assert_false(is_fine);
    expect_limit(&err, "more than 16384 heaps; --process takes fewer");
    analysis_free(analysis);
    decoder_close(decoder);
    free(trace);
}

static void what_is_merged_has_a_limit(void **state)
{
    struct merged merged = { .scope_count = MERGED_SCOPES_MAX };
    struct error err = { 0 };
    (void)state;
    assert_null(merged_process_at(&merged, "a.exe", 1, &err));
    expect_limit(&err, "more than 65536 heaps and processes to merge");
    merged_release(&merged);
}

/* Told by its size, and not by reading it. */
static void a_saved_result_has_a_limit(void **state)
{
    char path[512];
    struct merged merged = { 0 };
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    FILE *file = temporary_folder_open(folder, "large.json", "wb");
    (void)state;
    fputs("{", file);
    assert_int_equal(ftruncate(fileno(file), (off_t)RESULT_FILE_MAX + 1), 0);
    fclose(file);
    snprintf(path, sizeof path, "%s/large.json", folder);
    asked.sum = 0;
    assert_false(result_read_file(path, &(struct result_sums){ .merged = &merged }, NULL, &err));
    expect_limit(&err, "a saved result may have up to 512 MiB");
    assert_true(asked.sum < 1 << 20);
    merged_release(&merged);
    temporary_folder_free(folder);
}

/* In jansson an empty list takes 100 bytes of memory and more, and two in the file. */
static void a_file_of_empty_lists_gets_no_memory_for_them(void **state)
{
    enum { LISTS = 1 << 19 };
    struct merged merged = { 0 };
    struct error err = { 0 };
    (void)state;
    char *text = malloc(3 * LISTS + 2);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < LISTS; i++)
        memcpy(text + 1 + 3 * i, "[],", 3);
    text[3 * LISTS] = ']';
    asked.sum = 0;
    assert_false(
        result_read(text, 3 * LISTS + 1, &(struct result_sums){ .merged = &merged }, &err));
    expect_limit(&err, "reading it takes more than 25 MiB, which no result of heapfrag does");
    assert_true(asked.sum < 30 << 20);
    merged_release(&merged);
    free(text);
}

int main(void)
{
    static enum etl_compression plain = ETL_PLAIN, xpress = ETL_XPRESS;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_header_that_lies_gets_no_memory_for_it, &plain),
        cmocka_unit_test_prestate(a_header_that_lies_gets_no_memory_for_it, &xpress),
        cmocka_unit_test(buffers_have_a_size_that_windows_gives),
        cmocka_unit_test(one_buffer_of_every_cpu_has_a_limit),
        cmocka_unit_test(heaps_have_a_limit_that_a_filter_avoids),
        cmocka_unit_test(what_is_merged_has_a_limit),
        cmocka_unit_test(a_saved_result_has_a_limit),
        cmocka_unit_test(a_file_of_empty_lists_gets_no_memory_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
