/* How a trace comes in: every way gives the same bytes, and none of them can be used against us. */
#include "decoder/decoder.h"
#include "decoder/intake.h"
#include "decoder/source.h"
#include "tests/temporary_folder.h"
#include "tests/trace_random.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a trace, and files to put it in ---- */

struct world {
    char *folder;
    uint8_t *trace;
    size_t size;
    uint64_t events;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    const struct trace_random_options options = { .seed = 7, .events = 6000, .is_sane = true };
    struct trace_random random = trace_random_new(&options);
    struct etl *etl = etl_builder_new(NULL);
    trace_random_write(&random, etl);
    w->trace = etl_finish(etl, &w->size);
    w->events = etl_event_count(etl);
    w->folder = temporary_folder_new();
    etl_builder_free(etl);
    trace_random_release(&random);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    temporary_folder_free(w->folder);
    free(w->trace);
    free(w);
    return 0;
}

enum { PATH_SIZE = 256 };
struct path {
    char text[PATH_SIZE];
};

static struct path path_of(const struct world *w, const char *name)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s/%s", w->folder, name);
    return path;
}

static struct path put_file(const struct world *w, const char *name, const void *data, size_t size)
{
    FILE *file = temporary_folder_open(w->folder, name, "wb");
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path_of(w, name);
}

struct member {
    const char *name;
    const void *data;
    size_t size;
    size_t zeros; /* behind the data */
};

static void put_zeros(struct archive *archive, size_t count)
{
    static const uint8_t zeros[1 << 16];
    while (count > 0) {
        size_t step = count < sizeof zeros ? count : sizeof zeros;
        assert_int_equal(archive_write_data(archive, zeros, step), step);
        count -= step;
    }
}

/* An archive of that format, or under `raw` one compressed file. */
static struct path put_archive(const struct world *w, const char *name, int format, int filter,
                               const struct member *members, size_t count)
{
    struct path path = path_of(w, name);
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_set_format(archive, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, path.text), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)(members[i].size + members[i].zeros));
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, members[i].data, members[i].size),
                         members[i].size);
        put_zeros(archive, members[i].zeros);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    return path;
}

static struct path put_zip(const struct world *w, const struct member *members, size_t count)
{
    return put_archive(w, "t.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, members, count);
}

/* ---- taking it in ---- */

/* NULL fills `err`. The bytes that were ever copied never pass what the options allow. */
static struct intake *take(const char *path, uint64_t spool_bytes_max, struct error *err)
{
    const struct intake_options options = { .spool_bytes_max = spool_bytes_max };
    struct intake *intake = intake_open(path, &options, err);
    enum intake_step step = INTAKE_MORE;
    while (intake && step == INTAKE_MORE) {
        step = intake_fill(intake, err);
        if (spool_bytes_max > 0)
            assert_true(intake_progress(intake).copied_bytes <= spool_bytes_max);
    }
    if (step != INTAKE_FAILED)
        return intake;
    intake_close(intake);
    return NULL;
}

static bool holds(const struct intake *intake, const uint8_t *data, size_t size)
{
    const struct source *source = intake_source(intake);
    uint8_t *bytes = malloc(size ? size : 1);
    size_t got = 0;
    struct error err = { 0 };
    assert_non_null(bytes);
    bool is_same = source->size == size && source_read(source, 0, bytes, size, &got, &err) &&
                   got == size && memcmp(bytes, data, size) == 0;
    free(bytes);
    return is_same;
}

static void expect_trace(const struct world *w, const char *path)
{
    struct error err = { 0 };
    struct intake *intake = take(path, 0, &err);
    if (!intake)
        fail_msg("%s: %s", path, err.message);
    assert_true(intake_is_whole(intake));
    assert_true(holds(intake, w->trace, w->size));
    intake_close(intake);
}

static void expect_refusal(const char *path, enum error_code code, const char *text)
{
    struct error err = { 0 };
    struct intake *intake = take(path, 0, &err);
    if (intake)
        fail_msg("%s was taken in", path);
    if (err.code != code || !strstr(err.message, text))
        fail_msg("%s: '%s' (%d), wanted '%s' (%d)", path, err.message, err.code, text, code);
}

/* ---- tests ---- */

static const struct packing {
    const char *name;
    int format, filter;
    bool is_checked; /* it has a checksum that libarchive looks at */
} packings[] = {
    { "a.gz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, false },
    { "b.zst", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_ZSTD, false },
    { "c.xz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, true },
    { "d.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, true },
};
enum { PACKING_COUNT = sizeof packings / sizeof packings[0] };

static struct path pack(const struct world *w, const struct packing *packing)
{
    const struct member member = { "t.etl", w->trace, w->size, 0 };
    return put_archive(w, packing->name, packing->format, packing->filter, &member, 1);
}

static void packed_traces_are_told_by_content(void **state)
{
    const struct world *w = *state;
    expect_trace(w, put_file(w, "plain.zip", w->trace, w->size).text);
    for (size_t i = 0; i < PACKING_COUNT; i++) {
        struct path path = pack(w, &packings[i]), other = path_of(w, "other.etl");
        expect_trace(w, path.text);
        assert_int_equal(rename(path.text, other.text), 0);
        expect_trace(w, other.text);
    }
}

/* Who writes a pipe may have more for it than fits, so another process does. */
static pid_t start_writer(const char *path, const void *data, size_t size)
{
    pid_t child = fork();
    if (child == 0) {
        FILE *out = fopen(path, "wb");
        bool is_fine = out && fwrite(data, 1, size, out) == size && fclose(out) == 0;
        _exit(is_fine ? 0 : 1);
    }
    assert_true(child > 0);
    return child;
}

static void traces_come_through_a_fifo_plain_or_packed(void **state)
{
    const struct world *w = *state;
    struct path fifo = path_of(w, "fifo");
    assert_int_equal(mkfifo(fifo.text, 0600), 0);
    for (size_t i = 0; i <= PACKING_COUNT; i++) {
        struct stat status;
        struct path packed =
            i < PACKING_COUNT ? pack(w, &packings[i]) : put_file(w, "plain", w->trace, w->size);
        assert_int_equal(stat(packed.text, &status), 0);
        char *data = temporary_folder_read(w->folder, strrchr(packed.text, '/') + 1);
        pid_t child = start_writer(fifo.text, data, (size_t)status.st_size);
        expect_trace(w, fifo.text);
        assert_int_equal(waitpid(child, NULL, 0), child);
        free(data);
    }
    pid_t child = start_writer(fifo.text, "", 0);
    struct error err = { 0 };
    struct intake *intake = take(fifo.text, 0, &err);
    assert_non_null(intake);
    assert_null(decoder_open_intake(intake, &err));
    assert_non_null(strstr(err.message, "it is empty"));
    intake_close(intake);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(unlink(fifo.text), 0);
}

static uint64_t count_events(const struct intake *intake, bool *is_to_end)
{
    struct error err = { 0 };
    struct event_batch batch;
    struct decoder *decoder = decoder_open_intake(intake, &err);
    assert_non_null(decoder);
    while (decoder_next(decoder, &batch, &err) == NEXT_BATCH)
        continue;
    assert_int_equal(err.code, ERROR_NONE);
    uint64_t events = decoder_info(decoder)->events;
    *is_to_end = decoder_info(decoder)->read_to_end;
    decoder_close(decoder);
    return events;
}

static void what_came_in_is_read_as_often_as_need_be(void **state)
{
    const struct world *w = *state;
    struct error err = { 0 };
    struct intake *intake = take(pack(w, &packings[0]).text, 0, &err);
    bool is_to_end;
    uint64_t events = count_events(intake, &is_to_end);
    assert_true(is_to_end);
    assert_in_range(events, w->events, w->events + 1); /* the log file header is one, too */
    assert_int_equal(count_events(intake, &is_to_end), events);
    intake_close(intake);
}

static void a_pipe_that_is_stopped_leaves_a_shorter_trace(void **state)
{
    const struct world *w = *state;
    int ends[2];
    char path[32];
    const struct intake_options options = { 0 };
    struct error err = { 0 };
    size_t part = w->size < 40000 ? w->size / 2 : 40000;
    bool is_to_end;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct intake *intake = intake_open(path, &options, &err);
    assert_non_null(intake);
    assert_int_equal(write(ends[1], w->trace, part), part);
    while (intake_progress(intake).copied_bytes < part)
        assert_int_equal(intake_fill(intake, &err), INTAKE_MORE);
    assert_int_equal(intake_fill(intake, &err), INTAKE_MORE); /* waits, but not for ever */
    intake_stop(intake);
    while (intake_fill(intake, &err) == INTAKE_MORE)
        continue;
    assert_false(intake_is_whole(intake));
    assert_true(holds(intake, w->trace, part));
    assert_in_range(count_events(intake, &is_to_end), 1, w->events - 1);
    assert_false(is_to_end);
    intake_close(intake);
    close(ends[0]);
    close(ends[1]);
}

static void a_member_is_chosen_by_name_or_by_being_the_only_trace(void **state)
{
    const struct world *w = *state;
    static const uint8_t text[] = "some words";
    const struct member one[] = { { "a.txt", text, sizeof text, 0 },
                                  { "x/T.ETL", w->trace, w->size, 0 } };
    const struct member two[] = { { "u/a.etl", w->trace, w->size, 0 },
                                  { "b.txt", text, sizeof text, 0 },
                                  { "v/a.etl", text, sizeof text, 0 },
                                  { "v/!.etl", w->trace, w->size, 0 },
                                  { "v/!.etl", text, sizeof text, 0 } };
    struct path zip = put_zip(w, one, 2);
    expect_trace(w, zip.text);
    expect_trace(w, path_of(w, "t.zip!x/T.ETL").text);
    expect_trace(w, path_of(w, "t.zip!T.ETL").text);
    expect_refusal(path_of(w, "t.zip!t.etl").text, ERROR_USAGE, "it has a.txt, x/T.ETL");
    expect_refusal(path_of(w, "t.zip!").text, ERROR_IO, "cannot open");

    zip = put_zip(w, two, 5);
    expect_refusal(zip.text, ERROR_USAGE, "FILE!MEMBER: u/a.etl, v/a.etl, v/!.etl, v/!.etl");
    expect_refusal(path_of(w, "t.zip!a.etl").text, ERROR_USAGE, "FILE!MEMBER: u/a.etl, v/a.etl");
    expect_trace(w, path_of(w, "t.zip!u/a.etl").text);
    expect_trace(w, path_of(w, "t.zip!v/!.etl").text);
    expect_trace(w, put_file(w, "t.zip!b.txt", w->trace, w->size).text); /* a file of that name */
    assert_int_equal(unlink(path_of(w, "t.zip!b.txt").text), 0);

    put_file(w, "p.etl", w->trace, w->size);
    expect_refusal(path_of(w, "p.etl!t.etl").text, ERROR_USAGE, "no archive");
    pack(w, &packings[0]);
    expect_refusal(path_of(w, "a.gz!t.etl").text, ERROR_USAGE, "no members");
    expect_refusal(put_zip(w, NULL, 0).text, ERROR_NOT_A_TRACE, "holds no file");
}

static void what_is_no_trace_is_refused_with_its_reason(void **state)
{
    const struct world *w = *state;
    static const uint8_t text[] = "some words";
    const struct member zeros = { "t.etl", text, 0, (size_t)8 << 20 };
    expect_refusal(path_of(w, "none").text, ERROR_IO, "No such file");
    expect_refusal(w->folder, ERROR_IO, "directory");
    expect_refusal("/dev/zero", ERROR_NOT_A_TRACE, "not an ETW trace");
    expect_refusal(put_zip(w, &zeros, 1).text, ERROR_NOT_A_TRACE, "not an ETW trace");
    expect_refusal(put_file(w, "s.gz", "\x1f\x8b\x08", 3).text, ERROR_NOT_A_TRACE, "unpacked");
    expect_refusal(put_file(w, "s.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3", 10).text, ERROR_NOT_A_TRACE,
                   "truncated");
    if (geteuid() != 0) {
        struct path path = put_file(w, "locked.etl", w->trace, w->size);
        assert_int_equal(chmod(path.text, 0), 0);
        expect_refusal(path.text, ERROR_IO, "Permission denied");
    }
}

static void a_bomb_ends_at_the_limit_with_a_sentence_that_names_it(void **state)
{
    const struct world *w = *state;
    const struct member bomb = { "t.etl", w->trace, w->size, (size_t)8 << 20 };
    for (size_t i = 0; i < PACKING_COUNT; i++) {
        const struct packing *p = &packings[i];
        struct path path = put_archive(w, p->name, p->format, p->filter, &bomb, 1);
        struct error err = { 0 };
        assert_null(take(path.text, 1 << 20, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
        assert_non_null(strstr(err.message, "--max-spool"));
        err = (struct error){ 0 };
        struct intake *intake = take(path.text, bomb.size + bomb.zeros, &err);
        assert_non_null(intake);
        assert_int_equal(intake_source(intake)->size, bomb.size + bomb.zeros);
        intake_close(intake);
    }
}

/* What was read of a damaged archive, and that it is known to be damaged. */
static void expect_beginning(const struct world *w, const char *path, const char *what, size_t at)
{
    struct error err = { 0 };
    struct intake *intake = take(path, 2 * w->size, &err);
    if (!intake) {
        assert_int_not_equal(err.code, ERROR_NONE);
        return;
    }
    uint64_t size = intake_source(intake)->size;
    if (size > w->size || !holds(intake, w->trace, (size_t)size))
        fail_msg("%s %s at %zu gives bytes that were never packed", path, what, at);
    if (intake_is_whole(intake) && size != w->size)
        fail_msg("%s %s at %zu says that nothing is missing", path, what, at);
    intake_close(intake);
}

static void an_archive_cut_off_anywhere_gives_a_beginning_that_says_so(void **state)
{
    const struct world *w = *state;
    enum { CUTS = 40 };
    for (size_t i = 0; i < PACKING_COUNT; i++) {
        struct stat status;
        struct path path = pack(w, &packings[i]);
        assert_int_equal(stat(path.text, &status), 0);
        size_t whole = (size_t)status.st_size;
        for (size_t cut = 1; cut < CUTS; cut++) { /* ever shorter: first byte by byte */
            size_t size = cut <= CUTS / 2 ? whole - cut : whole * (CUTS - cut) / CUTS * 2;
            assert_int_equal(truncate(path.text, (off_t)size), 0);
            if (size >= 8) /* shorter ones are no archives any more, and go on as traces */
                expect_beginning(w, path.text, "cut", size);
        }
    }
}

static void a_flipped_bit_in_an_archive_is_noticed(void **state)
{
    const struct world *w = *state;
    enum { FLIPS = 80 };
    struct random random = random_new(11);
    for (size_t i = 0; i < PACKING_COUNT; i++) {
        const struct packing *p = &packings[i];
        struct path path = pack(w, p);
        struct stat status;
        assert_int_equal(stat(path.text, &status), 0);
        char *data = temporary_folder_read(w->folder, p->name);
        for (int flip = 0; flip < FLIPS; flip++) {
            size_t at = 8 + random_below(&random, (uint32_t)status.st_size - 8);
            char bit = (char)(1 << random_below(&random, 8));
            data[at] = (char)(data[at] ^ bit);
            put_file(w, p->name, data, (size_t)status.st_size);
            struct error err = { 0 };
            struct intake *intake = take(path.text, 2 * w->size, &err);
            if (p->is_checked && intake && intake_is_whole(intake) &&
                !holds(intake, w->trace, w->size))
                fail_msg("%s: nobody noticed the bit that was flipped at %zu", p->name, at);
            intake_close(intake);
            data[at] = (char)(data[at] ^ bit);
        }
        free(data);
    }
}

static void a_folder_that_takes_no_files_is_named(void **state)
{
    const struct world *w = *state;
    struct path path = pack(w, &packings[0]);
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    assert_int_equal(setenv("TMPDIR", "/dev/null", 1), 0);
    expect_refusal(path.text, ERROR_IO, "a temporary file in /dev/null");
    assert_int_equal(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_traces_are_told_by_content),
        cmocka_unit_test(traces_come_through_a_fifo_plain_or_packed),
        cmocka_unit_test(what_came_in_is_read_as_often_as_need_be),
        cmocka_unit_test(a_pipe_that_is_stopped_leaves_a_shorter_trace),
        cmocka_unit_test(a_member_is_chosen_by_name_or_by_being_the_only_trace),
        cmocka_unit_test(what_is_no_trace_is_refused_with_its_reason),
        cmocka_unit_test(a_bomb_ends_at_the_limit_with_a_sentence_that_names_it),
        cmocka_unit_test(an_archive_cut_off_anywhere_gives_a_beginning_that_says_so),
        cmocka_unit_test(a_flipped_bit_in_an_archive_is_noticed),
        cmocka_unit_test(a_folder_that_takes_no_files_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
