/* Limits of what surrounds a report: symbols, lists that users write, folders, recordings. */
#include "data/record/layout.h"
#include "data/record/recording.h"
#include "reports/chart_folder.h"
#include "reports/cli/text_file.h"
#include "reports/pe_stub.h"
#include "reports/plot.h"
#include "reports/symbol_folder.h"
#include "reports/symbols.h"
#include "tests/temporary_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = temporary_folder_new();
    return chdir(folder);
}

static int tear_down(void **state)
{
    (void)state;
    temporary_folder_free(folder);
    return 0;
}

static void put_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
    FILE *file = temporary_folder_open(folder, name, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    assert_int_equal(chmod(name, mode), 0);
}

static void expect_limit(const struct error *err, const char *text)
{
    if (err->code != ERROR_LIMIT || !strstr(err->message, text))
        fail_msg("'%s' (%d) where '%s' was wanted", err->message, err->code, text);
}

/* ---- symbols ---- */

static void files_of_symbol_folders_have_a_limit(void **state)
{
    static const char *const twice[] = { "symbols", "symbols" };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(mkdir("symbols", 0777), 0);
    put_file("symbols/a", "", 0, 0600);
    put_file("symbols/b", "", 0, 0600);
    struct symbol_folder *found = symbol_folder_open(twice, 2, 4, &err);
    assert_non_null(found);
    symbol_folder_close(found);
    assert_null(symbol_folder_open(twice, 2, 3, &err));
    expect_limit(&err, "the folders of --symbols have more than 3 files; name a smaller one");
}

static void names_of_functions_have_a_limit(void **state)
{
    static const char guest[] = "#!/bin/sh\nexec yes '{\"Address\":\"0x1\",\"Symbol\":[]}'\n";
    static const uint64_t addresses[1000] = { 0 };
    struct symbol_answer answers[1000] = { { 0 } };
    struct symbolizer symbolizer = symbolizer_new();
    struct error err = { 0 };
    (void)state;
    put_file("guest", guest, sizeof guest - 1, 0700);
    symbolizer.program = "./guest";
    symbolizer.left_bytes = 10; /* as if the others had been used up */
    const struct symbolizer_run run = { .object = "a", .addresses = addresses, .count = 1000 };
    assert_int_equal(symbolizer_ask(&symbolizer, &run, answers, &err), SYMBOLIZER_NO_MEMORY);
    expect_limit(&err, "the names in all modules are more than 512 MiB");
}

/* The smallest ELF file that says how much it takes up. */
static void put_module(const char *name)
{
    enum { SEGMENT = 64, SEGMENT_BYTES = 56 };
    uint8_t elf[SEGMENT + SEGMENT_BYTES] = "\177ELF\2\1\1";
    elf[32] = SEGMENT;       /* e_phoff */
    elf[54] = SEGMENT_BYTES; /* e_phentsize */
    elf[56] = 1;             /* e_phnum */
    elf[SEGMENT] = 1;        /* PT_LOAD, at 0, of 0x1000 bytes */
    elf[SEGMENT + 33] = elf[SEGMENT + 41] = 0x10;
    put_file(name, elf, sizeof elf, 0600);
}

static void names_of_functions_take_only_so_long(void **state)
{
    static const char guest[] = "#!/bin/sh\nexec sleep 100\n";
    static const char *const folders[] = { "." };
    struct stack_module module = { .path = (char *)(uintptr_t) "app", .size = 0x1000 };
    struct stack_frame frame = { .offset = 0x10 };
    struct stacks_result stacks = {
        .known = true, .modules = &module, .module_count = 1, .frames = &frame, .frame_count = 1
    };
    struct symbols_request request = { folders, 1, symbolizer_new() };
    struct symbols_outcome outcome;
    struct error err = { 0 };
    (void)state;
    put_module("app");
    put_file("guest", guest, sizeof guest - 1, 0700);
    request.symbolizer.program = "./guest";
    request.symbolizer.left_ms = 200; /* as if the other modules had taken the rest */
    assert_false(symbols_add(&stacks, &request, &outcome, &err));
    expect_limit(&err, "names took more than 600 seconds; the rest is without");
}

/* A folder so deep that no path from the root is short enough to be opened, or to be written. */
static void paths_have_a_limit(void **state)
{
    enum { DEEP = 24, LONG = 200 };
    char name[LONG + 1], path[4096];
    struct error err = { 0 };
    (void)state;
    memset(name, 'd', LONG);
    name[LONG] = '\0';
    for (int i = 0; i < DEEP; i++)
        assert_true(mkdir(name, 0777) == 0 && chdir(name) == 0);
    int fd = open("a.pdb", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_false(pe_stub_write(path, sizeof path, "a.pdb", 0, &err));
    assert_true(err.code == ERROR_LIMIT || err.code == ERROR_IO);
    assert_true(err.message[0] != '\0');
    unlink("a.pdb");
    for (int i = 0; i < DEEP; i++)
        assert_true(chdir("..") == 0 && rmdir(name) == 0);
}

/* ---- charts ---- */

static void paths_of_charts_have_a_limit(void **state)
{
    static char path[5000];
    const struct output_dir dir = { .path = path, .fd = -1 };
    struct chart_folder charts;
    struct plot plot;
    struct error err = { 0 };
    (void)state;
    memset(path, 'd', sizeof path - 1);
    assert_false(chart_folder_begin(&charts, &dir, &err));
    expect_limit(&err, "the path of the charts is too long");
    err = (struct error){ 0 };
    assert_false(plot_begin(&plot, path, "chart", PICTURE_SVG, false, &err));
    expect_limit(&err, "the path of the charts is too long");
}

/* ---- what users write ---- */

static bool take_line(char *line, void *target, struct error *err)
{
    (void)line, (void)err;
    ++*(size_t *)target;
    return true;
}

static void lines_of_lists_have_a_limit(void **state)
{
    enum { LONG = 1022 };
    char text[LONG + 8];
    size_t lines = 0;
    struct error err = { 0 };
    (void)state;
    memset(text, 'x', sizeof text);
    text[1] = text[LONG + 2] = '\n';
    put_file("list", text, LONG + 3, 0600);
    assert_true(text_file_read("list", take_line, &lines, &err));
    assert_int_equal(lines, 2);
    text[LONG + 2] = 'x';
    put_file("list", text, sizeof text, 0600);
    assert_false(text_file_read("list", take_line, &lines, &err));
    expect_limit(&err, "list: line 2 is too long");
}

/* ---- recordings ---- */

/* A file of nothing but its length, where a file system takes one. */
static void a_recording_has_a_limit(void **state)
{
    static const char path[] = "/dev/shm/heapfrag-test-recording";
    const off_t buffers = (off_t)UINT32_MAX + 1;
    const struct command_end end = { 0 };
    struct recording_facts facts;
    struct error err = { 0 };
    (void)state;
    unlink(path);
    if (!recording_create(path, "t.etl", 0, &err))
        skip();
    bool is_long = truncate(path, buffers * BUFFER_BYTES) == 0;
    if (is_long) {
        assert_false(recording_assemble(path, "t.etl", &end, &facts, &err));
        expect_limit(&err, "a recording of more than 256 TiB");
        assert_int_not_equal(access("t.etl", F_OK), 0);
    }
    unlink(path);
    if (!is_long)
        skip();
}

#define LIMIT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(files_of_symbol_folders_have_a_limit),
        LIMIT_TEST(names_of_functions_have_a_limit),
        LIMIT_TEST(names_of_functions_take_only_so_long),
        LIMIT_TEST(paths_have_a_limit),
        LIMIT_TEST(paths_of_charts_have_a_limit),
        LIMIT_TEST(lines_of_lists_have_a_limit),
        LIMIT_TEST(a_recording_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
