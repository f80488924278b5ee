/* Tests of analyzer/arena.h: pieces that do not touch each other, whatever their sizes. */
#include "analyzer/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES = 6000, LARGEST = ARENA_PIECE_MAX + 1000 };

static size_t size_of(size_t i)
{
    return i * 7919 % LARGEST + 1;
}

static void assert_filled(const unsigned char *piece, size_t bytes, unsigned char with)
{
    for (size_t b = 0; b < bytes; b++)
        assert_int_equal(piece[b], with);
}

static void pieces_are_aligned_and_keep_what_is_written_to_them(void **state)
{
    (void)state;
    static struct arena arena;
    static unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_take(&arena, size_of(i));
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xff), size_of(i));
    }
    for (size_t i = 0; i < PIECES; i++) {
        assert_filled(pieces[i], size_of(i), (unsigned char)i);
        arena_give_back(&arena, pieces[i], size_of(i));
    }
    arena_release(&arena);
}

static void the_rest_is_freed_though_it_was_not_given_back(void **state)
{
    (void)state;
    static struct arena arena;
    void *large[4];
    assert_non_null(arena_take(&arena, 100));
    for (size_t i = 0; i < 4; i++) {
        large[i] = arena_take(&arena, ARENA_PIECE_MAX + 1 + i);
        assert_non_null(large[i]);
    }
    arena_give_back(&arena, large[1], ARENA_PIECE_MAX + 2);
    arena_give_back(&arena, large[3], ARENA_PIECE_MAX + 4);
    arena_release(&arena); /* else the sanitizer finds what was lost */
}

static void a_piece_given_back_is_given_out_again(void **state)
{
    (void)state;
    static struct arena arena;
    void *first = arena_take(&arena, 100);
    void *second = arena_take(&arena, 100);
    assert_non_null(first);
    assert_ptr_not_equal(first, second);
    arena_give_back(&arena, first, 100);
    assert_ptr_not_equal(arena_take(&arena, 50), first);
    assert_ptr_equal(arena_take(&arena, 100), first);
    arena_release(&arena);
}

static void a_zeroed_piece_is_zero_though_it_was_used(void **state)
{
    (void)state;
    static struct arena arena;
    unsigned char *piece = arena_take(&arena, 300);
    assert_non_null(piece);
    memset(piece, 0xff, 300);
    arena_give_back(&arena, piece, 300);
    assert_ptr_equal(arena_take_zeroed(&arena, 300), piece);
    assert_filled(piece, 300, 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_keep_what_is_written_to_them),
        cmocka_unit_test(the_rest_is_freed_though_it_was_not_given_back),
        cmocka_unit_test(a_piece_given_back_is_given_out_again),
        cmocka_unit_test(a_zeroed_piece_is_zero_though_it_was_used),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
