/* Text that is collected on its way to a stream: nothing lost, nothing out of order. */
#include "tests/report_testing.h"

#include "reports/text_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void put_piece(struct text_buffer *buffer, size_t room, size_t size, char letter)
{
    char *at = text_buffer_room(buffer, room);
    memset(at, letter, size);
    text_buffer_to(buffer, at + size);
}

/* Of what room was taken for, some is often left over; some pieces are as large as can be. */
static void pieces_of_any_size_come_in_order(void **state)
{
    (void)state;
    struct text_buffer *buffer = malloc(sizeof *buffer); /* its end is seen by ASan */
    char *text = NULL, *expected = NULL;
    size_t size = 0, expected_size = 0;
    uint64_t random = 1;
    FILE *out = open_memstream(&text, &size);
    FILE *plain = open_memstream(&expected, &expected_size);
    assert_non_null(buffer);
    assert_non_null(out);
    assert_non_null(plain);
    buffer->out = out;
    buffer->used = 0;
    for (size_t i = 0; i < 20000; i++) {
        size_t most = next_random(&random) % 64 == 0 ? TEXT_BUFFER_SIZE : 40;
        size_t room = next_random(&random) % (most + 1);
        size_t used = next_random(&random) % 2 ? room : next_random(&random) % (room + 1);
        char letter = (char)('a' + i % 26);
        put_piece(buffer, i % 1000 == 0 ? TEXT_BUFFER_SIZE : room, used, letter);
        for (size_t j = 0; j < used; j++)
            putc(letter, plain);
    }
    text_buffer_flush(buffer);
    fclose(out);
    fclose(plain);
    assert_int_equal(size, expected_size);
    assert_memory_equal(text, expected, size);
    free(text);
    free(expected);
    free(buffer);
}

static void what_comes_after_a_flush_may_go_to_the_stream_itself(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct text_buffer buffer = { .out = out };
    put_piece(&buffer, 3, 2, 'a');
    text_buffer_flush(&buffer);
    putc('b', out);
    put_piece(&buffer, 3, 3, 'c');
    text_buffer_flush(&buffer);
    text_buffer_flush(&buffer);
    fclose(out);
    assert_string_equal(text, "aabccc");
    free(text);
}

static void a_full_disk_is_the_streams_error(void **state)
{
    (void)state;
    FILE *out = fopen("/dev/full", "we");
    assert_non_null(out);
    struct text_buffer buffer = { .out = out };
    for (int i = 0; i < 4; i++)
        put_piece(&buffer, TEXT_BUFFER_SIZE, TEXT_BUFFER_SIZE, 'a');
    assert_true(ferror(out));
    assert_int_equal(errno, ENOSPC);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_come_in_order),
        cmocka_unit_test(what_comes_after_a_flush_may_go_to_the_stream_itself),
        cmocka_unit_test(a_full_disk_is_the_streams_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
