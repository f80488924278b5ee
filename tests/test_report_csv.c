/* Reports as CSV: the long table, the tables as files, and the directory they go to. */
#include "tests/report_testing.h"
#include "tests/result_fixture.h"

#include "analyzer/metric_list.h"
#include "reports/csv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void numbers_have_a_row_each_under_the_name_gates_use(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "process,pid,heap,handle,metric,value,unit\n",
        "\n,,,,live_bytes.peak,450,bytes\n",
        "\napp.exe,100,,,live_bytes.mean,216.25,bytes\n",
        "\napp.exe,100,1,0x10000,move_rate,0.5,fraction\n",
        "\napp.exe,100,1,0x10000,move_rate.low,0.0945,fraction\n",
        "\napp.exe,100,1,0x10000,copied_bytes,150,bytes\n",
        "\napp.exe,100,1,0x10000,allocs,1,events\n",
        "\napp.exe,100,1,0x10000,gaps.end.count,0,gaps\n",
        "\napp.exe,100,1,0x10000,avoidable_moves.count,0,events\n",
    };
    struct result result;
    fixture_e1(&result);
    char *text = written_by(report_csv_write, &(struct report){ .build = &result });
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!strstr(text, rows[i]))
            fail_msg("no row %s", rows[i]);
    assert_null(strstr(text, "committed_bytes"));        /* unknown has no row */
    assert_null(strstr(text, "page_fragmentation.end")); /* nor has a NAN */
    free(text);
    result_release(&result);
}

static void metrics_have_names_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < metric_count; i++)
        assert_ptr_equal(metric_find(metric_list[i].name), &metric_list[i]);
    assert_null(metric_find("nonsense"));
}

static size_t count_fields(const char *line, size_t length)
{
    size_t fields = 1;
    bool is_quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '"')
            is_quoted = !is_quoted;
        fields += line[i] == ',' && !is_quoted;
    }
    return fields;
}

static char *contents_of(int dir, const char *name)
{
    enum { ROOM = 1 << 20 };
    char *text = calloc(1, ROOM);
    int fd = openat(dir, name, O_RDONLY);
    assert_non_null(text);
    assert_true(fd >= 0);
    ssize_t size = read(fd, text, ROOM - 1);
    assert_in_range(size, 1, ROOM - 2);
    close(fd);
    return text;
}

static void assert_is_a_table(int dir, const char *name)
{
    char *text = contents_of(dir, name);
    size_t columns = count_fields(text, strcspn(text, "\n"));
    assert_true(columns >= 5);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (count_fields(line, length) != columns || line[length] != '\n')
            fail_msg("%s: '%.*s' has not %zu fields", name, (int)length, line, columns);
        line += length + 1;
    }
    free(text);
}

/* Empties and removes a directory; returns how many files it had. */
static size_t clear(const char *path)
{
    size_t files = 0;
    DIR *dir = opendir(path);
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            files += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
    closedir(dir);
    assert_int_equal(rmdir(path), 0);
    return files;
}

static void every_table_has_as_many_fields_in_each_row_as_names(void **state)
{
    (void)state;
    char path[] = "/tmp/heapfrag-csv-XXXXXX";
    struct output_dir dir;
    struct error err = { 0 };
    struct result result;
    fixture_rich(&result);
    assert_non_null(mkdtemp(path));
    assert_true(output_dir_open(&dir, path, false, &err));
    assert_true(report_csv_write_files(&(struct report){ .build = &result }, &dir, &err));
    assert_int_equal(dir.file_count, csv_table_count + 1);
    for (size_t i = 0; i < dir.file_count; i++)
        assert_is_a_table(dir.fd, dir.files[i]);

    char *heaps = contents_of(dir.fd, "heaps.csv");
    assert_non_null(
        strstr(heaps, "\"'=cmd|'/c calc'!A0,\"\"\\u{202e}\\u{1b}[31m\\xff\xd0\xb6.exe\""));
    free(heaps);
    char *chains = contents_of(dir.fd, "chains.csv");
    assert_non_null(strstr(chains, ",1,0x10000,0x30000,100,62914560,2,1,8388608000,,\n"));
    free(chains);
    char *anomalies = contents_of(dir.fd, "anomalies.csv");
    assert_non_null(strstr(anomalies, "\nevents_lost,data_loss,3,65536,"));
    assert_non_null(strstr(anomalies, "\nfile_unfinished,note,1,,"));
    free(anomalies);
    output_dir_close(&dir);
    assert_int_equal(clear(path), csv_table_count + 1);
    result_release(&result);
}

static void a_directory_with_something_in_it_is_refused_unless_forced(void **state)
{
    (void)state;
    char path[] = "/tmp/heapfrag-csv-XXXXXX";
    struct output_dir dir;
    struct output_file file;
    struct error err = { 0 };
    assert_non_null(mkdtemp(path));
    assert_true(output_dir_open(&dir, path, false, &err));
    assert_true(output_begin(&file, &dir, "a.csv", &err));
    fputs("1\n", file.out);
    assert_int_equal(faccessat(dir.fd, "a.csv", F_OK, 0), -1); /* nobody sees half a file */
    assert_true(output_end(&file, true, &err));
    assert_int_equal(faccessat(dir.fd, "a.csv", F_OK, 0), 0);
    output_dir_close(&dir);

    assert_false(output_dir_open(&dir, path, false, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    err = (struct error){ 0 };
    assert_true(output_dir_open(&dir, path, true, &err));
    assert_true(output_begin(&file, &dir, "a.csv", &err));
    assert_false(output_end(&file, false, &err)); /* what went wrong leaves the old file */
    char *text = contents_of(dir.fd, "a.csv");
    assert_string_equal(text, "1\n");
    free(text);
    output_dir_close(&dir);
    assert_int_equal(clear(path), 1);
}

static void a_directory_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    struct output_dir dir;
    struct error err = { 0 };
    assert_false(output_dir_open(&dir, "/dev/null/x", false, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "/dev/null/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_a_row_each_under_the_name_gates_use),
        cmocka_unit_test(metrics_have_names_of_their_own),
        cmocka_unit_test(every_table_has_as_many_fields_in_each_row_as_names),
        cmocka_unit_test(a_directory_with_something_in_it_is_refused_unless_forced),
        cmocka_unit_test(a_directory_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
