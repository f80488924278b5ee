/* Buffers that are read along: the same bytes as without, and no more files or memory than that. */
#include "decoder/shelf.h"
#include "tests/failing_memory.h"
#include "tests/temporary_folder.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BUFFER_BYTES = SHELF_GROUP_BYTES / 4, BUFFERS = 41, REST = 100 };
enum { FILE_BYTES = BUFFERS * BUFFER_BYTES + REST };

/* A file that ends within its last buffer, a shelf on it, and the memory of one who reads. */
struct reading {
    char *folder;
    FILE *file;
    struct source source;
    struct shelf shelf;
    uint8_t *memory;
};

/* What the file has at `offset`, where `salt` has been written. */
static uint8_t byte_at(uint64_t offset, unsigned salt)
{
    return (uint8_t)((offset * 2654435761u >> 16) + salt);
}

static void write_all(struct reading *reading, unsigned salt)
{
    rewind(reading->file);
    for (uint64_t i = 0; i < FILE_BYTES; i++)
        putc(byte_at(i, salt), reading->file);
    assert_int_equal(fflush(reading->file), 0);
}

static void start(struct reading *reading, size_t buffer_bytes)
{
    *reading = (struct reading){ .folder = temporary_folder_new() };
    reading->file = temporary_folder_open(reading->folder, "trace", "w+");
    write_all(reading, 0);
    reading->source = (struct source){ .fd = fileno(reading->file), .size = FILE_BYTES };
    reading->shelf = (struct shelf){ .source = &reading->source, .buffer_bytes = buffer_bytes };
    reading->memory = malloc(buffer_bytes);
    assert_non_null(reading->memory);
}

static void end(struct reading *reading)
{
    shelf_release(&reading->shelf);
    free(reading->memory);
    fclose(reading->file);
    temporary_folder_free(reading->folder);
}

/* Reads `size` bytes, of which the file has `there`, and says whose they are. */
static void expect(struct reading *reading, uint64_t offset, size_t size, size_t there,
                   unsigned salt)
{
    struct error err = { 0 };
    size_t got;
    assert_true(shelf_read(&reading->shelf, offset, &reading->memory, size, &got, &err));
    assert_int_equal(got, there);
    for (size_t i = 0; i < got; i++)
        assert_int_equal(reading->memory[i], byte_at(offset + i, salt));
}

static void expect_buffer(struct reading *reading, unsigned number, unsigned salt)
{
    size_t size = number < BUFFERS ? BUFFER_BYTES : REST;
    expect(reading, (uint64_t)number * BUFFER_BYTES, size, size, salt);
}

static void reads_neighbours_along(void **state)
{
    struct reading reading;
    (void)state;
    start(&reading, BUFFER_BYTES);
    expect_buffer(&reading, 0, 0);
    write_all(&reading, 1);
    /* These three came with the first one; others come as they are now. */
    expect_buffer(&reading, 2, 0);
    expect_buffer(&reading, 3, 0);
    expect_buffer(&reading, 1, 0);
    expect_buffer(&reading, 6, 1);
    write_all(&reading, 2);
    expect_buffer(&reading, 5, 1);
    expect_buffer(&reading, 4, 1);
    expect_buffer(&reading, 7, 1);
    /* Whoever took one has it: it is read anew. */
    expect_buffer(&reading, 5, 2);
    end(&reading);
}

/* CPUs that are a group apart: what both groups brought is there until it is wanted. */
static void holds_two_groups(void **state)
{
    struct reading reading;
    (void)state;
    start(&reading, BUFFER_BYTES);
    expect_buffer(&reading, 0, 0);
    expect_buffer(&reading, 4, 0);
    expect_buffer(&reading, 7, 0);
    write_all(&reading, 1);
    static const unsigned numbers[] = { 1, 6, 2, 5, 3 };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        expect_buffer(&reading, numbers[i], 0);
    /* A third one takes the place of what lies first in the file. */
    expect_buffer(&reading, 8, 1);
    expect_buffer(&reading, 12, 1);
    expect_buffer(&reading, 16, 1);
    write_all(&reading, 2);
    expect_buffer(&reading, 9, 2);
    expect_buffer(&reading, 13, 1);
    expect_buffer(&reading, 17, 1);
    end(&reading);
}

/* What is no multiple of a buffer away is read alone. */
static void groups_are_of_whole_buffers(void **state)
{
    struct reading reading;
    (void)state;
    start(&reading, BUFFER_BYTES);
    expect_buffer(&reading, 0, 0);
    const uint64_t next = reading.shelf.next;
    expect(&reading, next + 1, BUFFER_BYTES, BUFFER_BYTES, 0);
    assert_int_equal(reading.shelf.next, next);
    /* Nor has a place what is longer or shorter. */
    write_all(&reading, 1);
    expect(&reading, BUFFER_BYTES, BUFFER_BYTES - 1, BUFFER_BYTES - 1, 1);
    expect(&reading, BUFFER_BYTES, BUFFER_BYTES, BUFFER_BYTES, 0);
    end(&reading);
}

/* How many places have been filled since the shelf was like that. */
static unsigned filled_since(const struct shelf *before, const struct shelf *now)
{
    unsigned filled = 0;
    for (size_t i = 0; i < SHELF_PLACES; i++)
        filled += now->places[i].bytes > 0 && (before->places[i].bytes == 0 ||
                                               before->places[i].offset != now->places[i].offset);
    return filled;
}

static bool holds(const struct shelf *shelf, uint64_t offset)
{
    for (size_t i = 0; i < SHELF_PLACES; i++)
        if (shelf->places[i].bytes > 0 && shelf->places[i].offset == offset)
            return true;
    return false;
}

/* CPUs whose buffers lie together, fewer than a group of each: what follows is never wanted next.
 */
static void reads_little_in_vain(void **state)
{
    enum { SMALL = 4096, CPUS = 50, EACH = 13, GROUP = SHELF_GROUP_MAX };
    static_assert(CPUS * EACH * SMALL <= FILE_BYTES, "they are in the file");
    struct reading reading;
    unsigned along = 0, wanted = 0;
    (void)state;
    start(&reading, SMALL);
    for (unsigned buffer = 0; buffer < EACH; buffer++)
        for (unsigned cpu = 0; cpu < CPUS; cpu++) {
            const struct shelf before = reading.shelf;
            const uint64_t offset = (uint64_t)(cpu * EACH + buffer) * SMALL;
            wanted += holds(&before, offset);
            expect(&reading, offset, SMALL, SMALL, 0);
            along += filled_since(&before, &reading.shelf);
        }
    assert_in_range(along - wanted, GROUP, 4 * GROUP + CPUS * EACH / 8);
    end(&reading);
}

static void gives_the_same_bytes_in_any_order(void **state)
{
    static const size_t sizes[] = { BUFFER_BYTES, 2 * BUFFER_BYTES, 4 * BUFFER_BYTES, 4096, 72 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct reading reading;
        uint64_t seed = i;
        start(&reading, sizes[i]);
        for (int round = 0; round < 400; round++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t near = reading.shelf.next / sizes[i] + (seed >> 33) % 24;
            uint64_t offset = near > 8 ? (near - 8) * sizes[i] : 0;
            if (round % 50 == 49)
                offset = (seed >> 33) % FILE_BYTES;
            size_t rest = offset < FILE_BYTES ? FILE_BYTES - (size_t)offset : 0;
            size_t size = rest < sizes[i] ? rest : sizes[i];
            expect(&reading, offset, size, size, 0);
        }
        end(&reading);
    }
}

static void reads_up_to_the_end(void **state)
{
    struct reading reading;
    (void)state;
    start(&reading, BUFFER_BYTES);
    for (unsigned i = 0; i <= BUFFERS; i++)
        expect_buffer(&reading, i, 0);
    expect(&reading, FILE_BYTES, 0, 0, 0);
    expect(&reading, 2 * FILE_BYTES, 0, 0, 0);
    expect_buffer(&reading, BUFFERS, 0);
    end(&reading);
}

/* As when somebody cuts the file meanwhile: what had come is there, and no more than that. */
static void a_file_may_shrink(void **state)
{
    struct reading reading;
    (void)state;
    start(&reading, BUFFER_BYTES);
    assert_int_equal(ftruncate(fileno(reading.file), 5 * BUFFER_BYTES + REST), 0);
    expect_buffer(&reading, 0, 0);
    expect_buffer(&reading, 4, 0);
    expect(&reading, 5 * BUFFER_BYTES, BUFFER_BYTES, REST, 0);
    expect(&reading, 6 * BUFFER_BYTES, BUFFER_BYTES, 0, 0);
    expect_buffer(&reading, 3, 0);
    end(&reading);
}

/* Buffers that nobody wants are read along now and then only. */
static void gaps_do_not_end_it(void **state)
{
    struct reading reading;
    unsigned groups = 0;
    (void)state;
    start(&reading, BUFFER_BYTES);
    expect_buffer(&reading, 0, 0);
    uint64_t next = reading.shelf.next;
    for (unsigned i = 30; i < 40; i++) {
        expect_buffer(&reading, i, 0);
        groups += reading.shelf.next != next;
        next = reading.shelf.next;
    }
    assert_int_equal(groups, 1);
    assert_int_equal(next, UINT64_C(42) * BUFFER_BYTES - BUFFER_BYTES + REST);
    for (unsigned i = 1; i < 10; i += 7)
        expect_buffer(&reading, i, 0);
    end(&reading);
}

/* Reads two groups at once, so that all places are made. */
static bool read_with_failure(size_t failing, bool is_lasting)
{
    struct reading reading;
    struct error err = { 0 };
    start(&reading, BUFFER_BYTES);
    begin_refusing(failing, is_lasting);
    for (unsigned i = 0; i < 12; i++)
        expect_buffer(&reading, i % 3 * 4 + i / 3, 0);
    bool was_refused = end_refusing(true, &err);
    end(&reading);
    return was_refused;
}

static void does_without_memory(void **state)
{
    (void)state;
    for (unsigned is_lasting = 0; is_lasting < 2; is_lasting++) {
        size_t failing = 0;
        while (read_with_failure(failing, is_lasting != 0))
            failing++;
        assert_true(failing > 3);
    }
}

static void an_unreadable_file_is_an_error(void **state)
{
    struct reading reading;
    struct error err = { 0 };
    size_t got;
    (void)state;
    start(&reading, BUFFER_BYTES);
    FILE *other = temporary_folder_open(reading.folder, "other", "w");
    reading.source.fd = fileno(other);
    assert_false(shelf_read(&reading.shelf, 0, &reading.memory, BUFFER_BYTES, &got, &err));
    assert_int_equal(err.code, ERROR_IO);
    fclose(other);
    end(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_neighbours_along),
        cmocka_unit_test(holds_two_groups),
        cmocka_unit_test(groups_are_of_whole_buffers),
        cmocka_unit_test(reads_little_in_vain),
        cmocka_unit_test(gives_the_same_bytes_in_any_order),
        cmocka_unit_test(reads_up_to_the_end),
        cmocka_unit_test(a_file_may_shrink),
        cmocka_unit_test(gaps_do_not_end_it),
        cmocka_unit_test(does_without_memory),
        cmocka_unit_test(an_unreadable_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
